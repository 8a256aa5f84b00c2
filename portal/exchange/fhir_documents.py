"""What a FHIR Consent keeps of the paper itself: its words, and when they were checked."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Any

from portal import clinic
from portal.consent.text import fingerprint
from portal.exchange.fhir_bundle import Resource
from portal.exchange.fhir_dates import begins, day_or_instant
from portal.exchange.fhir_extensions import SHA_256, extended
from portal.models import Consent


def document(resource: Resource) -> dict[str, Any]:
    """The columns for the words that were signed; empty without them, or when their SHA-256 is another one.

    Raises BadBundle when they cannot be read.
    """
    attachment = resource.body.get("sourceAttachment") or {}
    kind, data = str(attachment.get("contentType") or ""), attachment.get("data")
    if not data or kind.partition(";")[0].strip() != "text/plain":
        return {}
    try:
        text = base64.b64decode(str(data), validate=True).decode()
    except (binascii.Error, ValueError):
        raise resource.wrong("sourceAttachment.data", "is no text in base64.") from None
    if "\x00" in text:
        raise resource.wrong("sourceAttachment.data", "holds a character that cannot be stored.")
    if extended(attachment, SHA_256) not in (None, fingerprint(text)):
        return {}
    values = {"text_shown": text, "text_hash": fingerprint(text)}
    if language := attachment.get("language"):
        values["text_language"] = resource.text("sourceAttachment.language", str(language), Consent.text_language)
    if version := attachment.get("title"):
        values["text_version"] = resource.text("sourceAttachment.title", str(version), Consent.text_version)
    return values


def verified_at(resource: Resource, now: dt.datetime) -> dt.datetime:
    """When the signature was checked where the form was kept; `now` when nobody says, or says later."""
    checks = [day_or_instant(resource, "verification.verificationDate", one.get("verificationDate"))
              for one in resource.many("verification") if one.get("verified") is True]  # fmt: skip
    moments = [begins(check, clinic.zone()) for check in checks if check is not None]
    return min([now, *moments])
