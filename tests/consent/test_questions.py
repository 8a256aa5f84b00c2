"""A question is made once, and answered for each pair of eyes, over one connection too."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.consent.questions import Question
from portal.consent.shared import SharedUpdate
from portal.consent.viewer import NobodyLooking, Viewer, viewing_as
from portal.db import PlainSQL, db, kept_connections, reading, session
from portal.models import FamilyUpdate, Relative

pytestmark = pytest.mark.both_databases
UPDATES = select(SharedUpdate.id, SharedUpdate.published_at).order_by(SharedUpdate.id)


def test_each_reader_is_answered_for_themselves_and_as_a_session_would_answer(app: Flask) -> None:
    question, answers = Question(UPDATES), set()
    with app.app_context(), reading(), kept_connections():
        with db.sessionmaker() as own:
            relatives = own.scalars(select(Relative.id)).all()
        for relative_id in [*relatives, *relatives]:
            with viewing_as(Viewer(account_id=None, relative_id=relative_id, is_counted=False)):
                answer = question.ask()
                assert answer == [tuple(row) for row in session().execute(UPDATES)]
                answers.add(tuple(answer))
    assert len(answers) > 1


def test_nobody_is_told_nothing_it_is_an_error(app: Flask) -> None:
    with app.app_context(), pytest.raises(NobodyLooking):
        Question(UPDATES).ask()


def test_a_question_of_bare_tables_is_refused() -> None:
    with pytest.raises(PlainSQL):
        Question(select(FamilyUpdate.__table__.c.title))
