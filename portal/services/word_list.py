"""Words that hurt, or that families do not use, and what to say instead. It hints; it never blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass

# After NIDA's “Words Matter” and plain-language guides. What is swapped is English text, so it is not translated.
SWAPS: dict[str, str] = {
    "patient": "person in treatment, or their name",
    "client": "person in treatment, or their name",
    "addict": "person with an addiction, or their name",
    "drug user": "person who uses drugs",
    "alcoholic": "person with a drinking problem",
    "proxy": "person you share with",
    "delegate": "person you share with",
    "next of kin": "family, relative, someone close",
    "enabler": "family, relative, someone close",
    "enabling": "what you can change at home",
    "intervention": "family session",
    "family therapy appointment": "family session",
    "progress report": "how it is going",
    "compliance": "how it is going",
    "compliant": "taking part",
    "noncompliant": "not taking part yet",
    "non-compliant": "not taking part yet",
    "substance abuse": "alcohol or drug use",
    "detox": "alcohol or drug treatment",
    "rehab": "alcohol or drug treatment",
    "relapse": "return to use",
    "relapsed": "returned to use",
    "falling off the wagon": "return to use",
    "fell off the wagon": "returned to use",
    "dirty": "tested positive (but leave test results out)",
    "clean": "tested negative (but leave test results out)",
    "drug test": "leave test results out",
    "urine": "leave test results out",
    "committed suicide": "died by suicide",
    "mentally ill": "has a mental health condition",
    "psycho": "in crisis",
    "breakdown": "crisis",
    "revoke": "stop sharing",
    "authorize": "agree",
    "execute": "sign",
    "expires on": "until",
    "expired": "ended",
    "terminated": "ended",
    "re-authorize": "share again",
    "log on": "sign in",
    "authenticate": "sign in",
    "access": "see",
}

_ANY = re.compile(
    r"(?<!\w)(" + "|".join(re.escape(word) for word in sorted(SWAPS, key=len, reverse=True)) + r")(s?)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Hint:
    """A word that was found, as it was written, and what to say instead."""

    found: str
    say: str

    @property
    def swap(self) -> str | None:
        """The words that can take its place as they stand; None where somebody has to think about it."""
        return _in_its_place(self.found.lower())


def hints(*texts: str) -> list[Hint]:
    """Each word of the list that stands in the texts, once, in the order of reading."""
    found: dict[str, Hint] = {}
    for text in texts:
        for match in _ANY.finditer(text):
            word = match.group(1).lower()
            found.setdefault(word, Hint(match.group(0), SWAPS[word]))
    return list(found.values())


def swapped(text: str, word: str) -> str:
    """`text` with what can take the place of `word`, once or many of it, wherever it stands; links stay."""
    single = word.lower() if word.lower() in SWAPS else word.lower().removesuffix("s")
    if single not in SWAPS:
        return text
    found = re.compile(rf"(?<![\w/:.-])(?:(an?)(\s+))?({re.escape(single)})(s?)(?![\w/-])", re.IGNORECASE)
    return found.sub(_swap, text)


def _swap(found: re.Match[str]) -> str:
    article, space, word, many = found.groups()
    new = _in_its_place(f"{word}{many}".lower())
    if new is None:
        return found[0]
    if word[0].isupper() and not article:
        new = new[0].upper() + new[1:]
    if not article:
        return new
    right = "an" if new[0] in "aeiou" else "a"
    return f"{right.capitalize() if article[0].isupper() else right}{space}{new}"


def _in_its_place(found: str) -> str | None:
    single = found if found in SWAPS else found.removesuffix("s")
    say = re.split(r", | \(", SWAPS.get(single, ""))[0]
    if not say or say.startswith("leave "):
        return None
    if found == single:
        return say
    is_somebody = say.startswith("person ")
    return say.replace("person ", "people ", 1).replace(" uses ", " use ") if is_somebody else None
