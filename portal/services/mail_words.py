"""The mail words: two words that a reader picks. They stand at the end of each email, so that it can be trusted."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.db import session
from portal.errors import Refused
from portal.models import Account
from portal.services import word_list

# Letters of one word.
LEAST, MOST = 2, 20

# Beginnings of words that say what this is about, in both languages; whoever opens the mailbox reads along.
TELLING = (
    "addict", "adic", "alcohol", "clinic", "clínic", "consej", "counsel", "diagnos", "drog", "drug", "drunk", "enferm",
    "famil", "health", "hospital", "medic", "mental", "paciente", "patient", "program", "recover", "recuper", "rehab",
    "salud", "sesi", "session", "sober", "sobri", "terap", "therap", "tratam", "treat",
)  # fmt: skip


def checked(typed: str) -> str:
    """The two words as they are kept, in small letters; empty where nothing was typed: that is no words at all.

    Raises Refused for anything but two plain words that say nothing about treatment.
    """
    words = typed.lower().split()
    if not words:
        return ""
    if len(words) != 2:
        raise Refused(_l("Choose two words"), "mail_word")
    if not all(word.isalpha() for word in words):
        raise Refused(_l("Use letters only"), "mail_word")
    if not all(LEAST <= len(word) <= MOST for word in words):
        raise Refused(_l("Use words of %(least)d to %(most)d letters", least=LEAST, most=MOST), "mail_word")
    if any(word.startswith(TELLING) for word in words) or word_list.hints(" ".join(words)):
        raise Refused(_l("Choose words that say nothing about treatment"), "mail_word")
    return " ".join(words)


def choose(account_id: int, typed: str) -> None:
    """Keep an account's mail words, or none. Raises Refused as `checked` does."""
    session().get_one(Account, account_id).mail_word = checked(typed) or None
