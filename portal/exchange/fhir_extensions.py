"""What FHIR has no place for: extensions of our own, written by the export and read by the import."""

from __future__ import annotations

from typing import Any

from portal.exchange.fhir_bundle import parts

# Identifies a patient of one installation; whoever finds their own ref there has written the file.
PATIENT_SYSTEM = "urn:family-portal:patient"

# On a permit (as a modifier: it ends the permission earlier): ends when the patient leaves the program.
ENDS_WITH_PROGRAM = "urn:family-portal:ends-with-program"
# On a performer: one of the three words below, where a name beside it says who signed.
SIGNED_AS = "urn:family-portal:signed-as"
# On a performer: by what right a representative signed (45 CFR 164.508(c)(1)(vi)).
AUTHORITY = "urn:family-portal:authority"
# On the source attachment: its SHA-256. FHIR's own hash is SHA-1.
SHA_256 = "urn:family-portal:sha-256"
# On a related person: what this person calls the patient in the portal.
KNOWN_AS = "urn:family-portal:known-as"
# On an email: others read that mailbox too.
SHARED_MAILBOX = "urn:family-portal:shared-mailbox"
# On an appointment that was moved: when it was before.
CHANGED_FROM = "urn:family-portal:changed-from"
# On an appointment: "in person" or "online", where the clinic says so.
MEETING = "urn:family-portal:meeting"

THEMSELVES, PARENT, REPRESENTATIVE = "patient", "parent", "representative"


def extension(url: str, **value: Any) -> dict[str, Any]:
    """One extension; `value` is like `valueString="…"`."""
    return {"url": url, **value}


def extended(element: dict[str, Any], url: str, *, modifier: bool = False) -> Any:
    """The value of the extension `url` of an element, None when it has none."""
    for one in parts(element, "modifierExtension" if modifier else "extension"):
        if one.get("url") == url:
            return next((value for name, value in one.items() if name.startswith("value")), None)
    return None
