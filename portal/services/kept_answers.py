"""Keep what somebody sent after their time was up, for an hour and for nobody but them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select

from portal import clock
from portal.db import session
from portal.models import KeptAnswers

KEPT = dt.timedelta(hours=1)
MOST_LETTERS = 100_000

Answers = list[list[str]]


def keep(account_id: int, page: str, answers: Answers) -> bool:
    """Keep `answers`, pairs of a field's name and value, for the form at `page`; False when they are too long.

    One form per account: what was kept before goes, and so does whatever is older than an hour.
    """
    long_ago = clock.now() - KEPT
    session().execute(delete(KeptAnswers).where(KeptAnswers.kept_at < long_ago))
    if len(page) > 2000 or sum(len(name) + len(value) for name, value in answers) > MOST_LETTERS:
        return False
    session().merge(KeptAnswers(account_id=account_id, page=page, answers=answers, kept_at=clock.now()))
    return True


def of(account_id: int, page: str) -> Answers:
    """What this account has kept for the form at `page`; nothing once an hour has passed."""
    kept = session().scalar(
        select(KeptAnswers).where(
            KeptAnswers.account_id == account_id,
            KeptAnswers.page == page,
            KeptAnswers.kept_at >= clock.now() - KEPT,
        )
    )
    return kept.answers if kept else []


def forget(account_id: int) -> None:
    """They were sent, or their owner left."""
    session().execute(delete(KeptAnswers).where(KeptAnswers.account_id == account_id))
