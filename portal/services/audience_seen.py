"""The list of readers that an author saw, remembered by the form, and who changed in it since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import product

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.errors import Refused
from portal.services.audience import Audience, Reader

BETWEEN = "."


def fingerprint(audiences: Sequence[Audience]) -> str:
    """Changes when anybody begins or ceases to see it or to get an email. Names nobody."""
    about = _short(*((one.patient_id, str(one.scope)) for one in audiences))
    return BETWEEN.join([about, *sorted(_mark(one, r, r.sees, r.gets_email) for one in audiences for r in one.readers)])


def check_list(seen: str, audiences: Sequence[Audience]) -> None:
    """Raise Refused when somebody began or ceased to see it, or to get an email, since the author looked.

    The sentence says who, as far as they are still in the list.
    """
    if seen == fingerprint(audiences):
        return
    changes = " ".join(_changes(set(seen.split(BETWEEN)), audiences))
    if changes:
        raise Refused(_l("The list changed while you were writing: %(changes)s Check it again", changes=changes),
                      "fingerprint")  # fmt: skip
    raise Refused(_l("The list changed while you were writing. Check it again"), "fingerprint")


def _changes(seen: set[str], audiences: Sequence[Audience]) -> Iterator[str]:
    for audience in audiences:
        for reader in audience.readers:
            before = next(
                (one for one in product((True, False), repeat=2) if _mark(audience, reader, *one) in seen), None
            )
            if before is not None and before != (reader.sees, reader.gets_email):
                yield _change(reader, saw=before[0])


def _change(reader: Reader, *, saw: bool) -> str:
    if saw and not reader.sees:
        return gettext("%(name)s can no longer see this.", name=reader.name)
    if reader.sees and not saw:
        return gettext("%(name)s can see this now.", name=reader.name)
    if reader.gets_email:
        return gettext("%(name)s gets an email now.", name=reader.name)
    return gettext("%(name)s gets no email any more.", name=reader.name)


def _mark(audience: Audience, reader: Reader, sees: bool, gets_email: bool) -> str:
    return _short(audience.patient_id, str(audience.scope), reader.related_person_id, sees, gets_email)


def _short(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]
