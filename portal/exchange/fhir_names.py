"""What FHIR says of a person: name, email, birthday, language, and how they belong together."""

from __future__ import annotations

import datetime as dt
import re

from portal.exchange.fhir_bundle import Resource, codes, parts
from portal.exchange.fhir_dates import PARTIAL, comes_of_age, day_or_instant
from portal.frame import LANGUAGES

EMAIL = re.compile(r"[^@\s\x00-\x1f,;:<>\"()\[\]\\]+@[^@\s\x00-\x1f,;:<>\"()\[\]\\]+")
ROLE_CODES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
# How a family says it; other codes are read by their display.
RELATIONS = {
    "MTH": "Mother", "FTH": "Father", "PRN": "Parent", "SPS": "Spouse", "HUSB": "Husband", "WIFE": "Wife",
    "DOMPART": "Partner", "SIGOTHR": "Partner", "CHILD": "Child", "SON": "Son", "DAU": "Daughter", "SIB": "Sibling",
    "BRO": "Brother", "SIS": "Sister", "GRPRN": "Grandparent", "GRMTH": "Grandmother", "GRFTH": "Grandfather",
    "AUNT": "Aunt", "UNCLE": "Uncle", "COUSN": "Cousin", "STPMTH": "Stepmother", "STPFTH": "Stepfather",
    "EXT": "Family member", "FAMMEMB": "Family member", "FRND": "Friend", "NBOR": "Neighbor", "ROOM": "Roommate",
    "GUARD": "Guardian", "POWATT": "Power of attorney", "HPOWATT": "Health care power of attorney",
}  # fmt: skip


def name_of(resource: Resource) -> tuple[str, str, str]:
    """Given names, family name and both together; empty strings for somebody without a name."""
    names = [name for name in resource.many("name") if name.get("use") not in ("old", "maiden")]
    order = {"official": 0, "usual": 1}
    for name in sorted(names, key=lambda one: order.get(one.get("use", ""), 2)):
        given = " ".join(word.strip() for word in name.get("given") or [] if isinstance(word, str)).strip()
        family = (name.get("family") or "").strip()
        text = " ".join((name.get("text") or "").split())
        if not given and not family and text:
            given, _, family = text.partition(" ")
        if given or family:
            return given, family, f"{given} {family}".strip()
    return "", "", ""


def email_of(resource: Resource) -> str:
    """The first email in use, in small letters; empty for none."""
    emails = [
        (rank if isinstance(rank := point.get("rank"), int) else 99, n, str(point["value"]).strip().lower())
        for n, point in enumerate(resource.many("telecom"))
        if point.get("system") == "email" and point.get("use") != "old" and point.get("value")
    ]
    return min(emails)[2] if emails else ""


def is_address(email: str) -> bool:
    """Whether something can be sent there, as far as the letters tell."""
    return EMAIL.fullmatch(email) is not None


def birth(resource: Resource, majority: int) -> tuple[dt.date | None, dt.date | None]:
    """The birthday, and the day of coming of age. Of a year or a month alone its last day counts."""
    written = resource.body.get("birthDate")
    born = day_or_instant(resource, "birthDate", written)
    if isinstance(born, dt.datetime):
        raise resource.wrong("birthDate", "must be a date.")
    if born is not None:
        return born, _of_age(resource, born, majority)
    if isinstance(written, str) and PARTIAL.fullmatch(written):
        year, month = int(written[:4]), int(written[5:] or 12)
        if not (1 <= year < 9000 and 1 <= month <= 12):
            raise resource.wrong("birthDate", "is no date of the calendar.")
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        return None, _of_age(resource, after - dt.timedelta(days=1), majority)
    return None, None


def language_of(resource: Resource) -> str:
    """The language to write in, of those the portal speaks."""
    spoken = resource.many("communication")
    preferred = [one for one in spoken if one.get("preferred") is True] or spoken
    for one in preferred:
        for coding in parts(one.get("language") or {}, "coding"):
            language = str(coding.get("code") or "").replace("_", "-").split("-")[0].lower()
            if language in LANGUAGES:
                return language
    return "en"


def relation_of(resource: Resource) -> tuple[str | None, str]:
    """The code of the relationship, and a word for it."""
    concepts = resource.many("relationship")
    code = next((code for concept in concepts for code in codes(concept, ROLE_CODES)), None)
    texts = [concept["text"] for concept in concepts if concept.get("text")]
    displays = [coding["display"] for one in concepts for coding in parts(one, "coding") if coding.get("display")]
    known = [RELATIONS[code]] if code in RELATIONS else []
    words = [*texts, *known, *displays, ""]
    return code, " ".join(words[0].split())


def _of_age(resource: Resource, born: dt.date, majority: int) -> dt.date:
    try:
        return comes_of_age(born, majority)
    except ValueError:
        raise resource.wrong("birthDate", "is too far away.") from None
