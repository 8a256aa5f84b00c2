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


def hints(*texts: str) -> list[Hint]:
    """Each word of the list that stands in the texts, once, in the order of reading."""
    found: dict[str, Hint] = {}
    for text in texts:
        for match in _ANY.finditer(text):
            word = match.group(1).lower()
            found.setdefault(word, Hint(match.group(0), SWAPS[word]))
    return list(found.values())
