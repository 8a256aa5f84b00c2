"""What readers write under the questions of a guide, for themselves: kept only when they ask for it, and sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import delete, select

from portal import clock
from portal.db import session
from portal.errors import Refused
from portal.models import Guide, GuideAnswer
from portal.sealing import CannotOpen, seal, unseal

MOST_LETTERS = 2000


@dataclass(frozen=True)
class Question:
    """One question of a guide, what somebody wrote under it, and one way to answer it ("" when it is asked no more)."""

    words: str
    written: str
    answer: str = ""


def questions_of(guide: Guide) -> list[Question]:
    """What the guide asks, with nothing written."""
    return [Question(pair["question"][:300], "", pair["answer"]) for pair in guide.front.get("check_yourself", ())]


def written_by(account_id: int, guide: Guide) -> list[Question]:
    """The guide's questions with what this reader kept, then those that it asked them once and does not any more.

    What no key opens any more is left out: the questions are there all the same.
    """
    rows = session().scalars(
        select(GuideAnswer)
        .where(GuideAnswer.account_id == account_id, GuideAnswer.slug == guide.slug)
        .order_by(GuideAnswer.saved_at, GuideAnswer.question)
    )
    kept = {row.question: words for row in rows if (words := _opened(row)) is not None}
    asked = [Question(one.words, kept.pop(one.words, ""), one.answer) for one in questions_of(guide)]
    return asked + [Question(words, written) for words, written in kept.items()]


def keep(account_id: int, guide: Guide, written: Mapping[str, str]) -> None:
    """Keep what was written, by question; what is empty is thrown away. Raises Refused for what is too long."""
    for words, text in written.items():
        if len(text) > MOST_LETTERS:
            raise Refused(gettext("Shorten this to %(most)s letters.", most=MOST_LETTERS), words)
    for words, text in written.items():
        if text:
            row = GuideAnswer(account_id=account_id, slug=guide.slug, question=words[:300], saved_at=clock.now())
            row.sealed = seal(text.encode(), row=_name(row))
            session().merge(row)
        else:
            session().execute(
                delete(GuideAnswer).where(
                    GuideAnswer.account_id == account_id, GuideAnswer.slug == guide.slug, GuideAnswer.question == words
                )
            )


def _opened(row: GuideAnswer) -> str | None:
    try:
        return unseal(row.sealed, row=_name(row)).decode()
    except CannotOpen:
        return None


def _name(row: GuideAnswer) -> str:
    return f"guide_answer:{row.account_id}:{row.slug}:{row.question}"
