"""Names in the text of an update: refused where several families read it, hinted at where one does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from portal import clock
from portal.db import session
from portal.errors import Refused
from portal.models import Patient, RelatedPerson, Relative
from portal.services.update_checks import Words

WORD = re.compile(r"[^\W\d_]+")
# What stands between the words of a name and is no name itself.
BETWEEN_NAMES = {
    "de", "del", "la", "las", "los", "el", "y", "da", "das", "dos", "van", "von", "der", "den", "the", "and", "le",
    "du", "di", "jr", "sr", "ii", "iii",
}  # fmt: skip


def check_left_out(patients: Sequence[Patient], words: Words) -> None:
    """Raise Refused when a text for several families has a name of one of them in it: of a patient, or of somebody
    whom a patient named. One family may read its own names."""
    if len(patients) < 2:
        return
    names = _words_of(_names_of(patients))
    for field, text in (("title", words.title), ("text", words.text)):
        for word in _words_in(text):
            if _as_written(word) in names:
                raise Refused(_l("Several families will read this. Leave out the name “%(word)s”", word=word), field)


def others_in(patients: Sequence[Patient], words: Words) -> list[str]:
    """The names in the text of somebody else than the one it is about: relatives of theirs, and others in treatment."""
    if not patients:
        return []
    own = _words_of(name for one in patients for name in (one.given_name, one.family_name))
    here = or_(Patient.discharged_at.is_(None), Patient.discharged_at > clock.now())
    others = session().execute(select(Patient.given_name, Patient.family_name).where(here))
    names = _words_of(_names_of(patients)) | _words_of(name for row in others for name in row)
    found = [word for text in (words.title, words.text) for word in _words_in(text)]
    return list(dict.fromkeys(word for word in found if _as_written(word) in names - own))


def _names_of(patients: Sequence[Patient]) -> list[str]:
    """Every name of these patients, of those whom they named, and by which those know them."""
    rows = session().execute(
        select(RelatedPerson.name, RelatedPerson.known_as, Relative.given_name, Relative.family_name)
        .outerjoin(Relative, Relative.id == RelatedPerson.relative_id)
        .where(RelatedPerson.patient_id.in_([one.id for one in patients]))
    )
    own = [name for one in patients for name in (one.given_name, one.family_name)]
    return own + [name for row in rows for name in row if name]


def _words_of(names: Iterable[str]) -> set[str]:
    """How the words of these names may stand in a text: with a capital letter, as many are plain words too (“May”).
    A name that is kept with a small one is looked for both ways."""
    words = {word for name in names for word in _words_in(name)}
    words = {word for word in words if len(word) > 1 and _plain(word) not in BETWEEN_NAMES}
    return {_as_written(one) for word in words for one in (word, word[0].upper() + word[1:])}


def _words_in(text: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFC", text))


def _as_written(word: str) -> str:
    """Without accents, and with no other capital letter than the first one, if that is one."""
    plain = _plain(word)
    return plain if word[0].islower() else plain[:1].upper() + plain[1:]


def _plain(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
