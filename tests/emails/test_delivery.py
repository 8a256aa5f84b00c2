"""Mail reaches exactly those who may have it, once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from flask import g
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal.cast import DANA, SAM
from portal.db import session
from portal.emails import in_hand
from portal.emails.claims import Claim
from portal.emails.in_hand import Ending
from portal.models import Act, NewAddress, OutgoingEmail, RecordEntry
from portal.services import consents
from tests.conftest import at_the_clinic
from tests.emails.conftest import Opening, Post


def test_mail_that_is_due_is_handed_over_once(post: Post) -> None:
    row_id = post.update_for(DANA)

    assert post.deliver() == {"sent": 1, "withheld": 0, "failed": 0, "waiting": 0}
    assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 0, "waiting": 0}
    assert [letter["To"] for letter in post.mailbox.letters] == [DANA.email]
    assert (post.row(row_id).outcome, post.row(row_id).attempts) == ("sent", 1)


def test_what_was_sent_stands_on_the_record(post: Post) -> None:
    post.update_for(DANA)
    post.deliver()

    with post.app.app_context():
        g.reading = True
        acts = session().scalars(select(RecordEntry.act).where(RecordEntry.door == "email")).all()
    assert acts == [Act.SENT]


def test_without_a_mail_server_mail_waits_and_no_try_is_counted(post_at: Opening) -> None:
    post = post_at(0, smtp_url="")
    row_id = post.update_for(DANA)

    assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 0, "waiting": 1}
    assert post.row(row_id).attempts == 0


def test_a_broken_row_does_not_stop_the_others(post: Post) -> None:
    broken = post.queue("no_such_message", DANA)
    fine = [post.update_for(DANA), post.update_for(DANA)]

    counts = post.deliver()
    assert counts["failed"] == 1
    assert post.row(broken).ended_at is None
    assert [post.row(row_id).outcome for row_id in fine] == ["sent", "sent"]


@pytest.mark.both_databases
def test_mail_queued_before_a_stop_is_withheld(post: Post) -> None:
    row_id = post.update_for(DANA)
    with at_the_clinic(post.app):
        sam = post.patient_id(SAM)
        dana = _related_person_id(post, sam)
        consents.stop(sam, dana)
    post.deliver()

    assert post.row(row_id).outcome == "withheld"
    assert not [letter for letter in post.mailbox.letters if letter["To"] == DANA.email]


@pytest.mark.both_databases
def test_mail_that_slipped_past_the_stop_is_withheld_when_it_is_written(post: Post) -> None:
    row_id = post.update_for(DANA)
    post.clock.forward(days=90)  # the consent has ended by itself; nobody withheld anything
    post.deliver()

    assert (post.row(row_id).outcome, post.row(row_id).reason) == ("withheld", "sharing ended")
    assert post.mailbox.letters == []


def test_mail_about_somebody_who_paused_is_withheld_and_the_patient_hears_of_the_choice(post: Post) -> None:
    with at_the_clinic(post.app):
        consents.pause(post.patient_id(SAM))
    rows = [post.update_for(DANA), post.queue("booking_confirmed", DANA, SAM, post.appointment_id())]
    post.deliver()

    assert {post.row(row_id).outcome for row_id in rows} == {"withheld"}
    assert [letter["To"] for letter in post.mailbox.letters] == [SAM.email]


def test_mail_to_nobody_ends_quietly(post: Post) -> None:
    with at_the_clinic(post.app):
        from portal.services import accounts

        accounts.ask_for_new_password("stranger@example.net")
    assert post.deliver() == {"sent": 0, "withheld": 1, "failed": 0, "waiting": 0}


@pytest.mark.both_databases
def test_two_postmen_at_once_never_send_a_letter_twice(post: Post) -> None:
    rows = [post.update_for(DANA) for _ in range(12)]
    start = threading.Barrier(2)
    counts: list[int] = []

    def go_round() -> None:
        start.wait()
        counts.append(post.deliver()["sent"])

    postmen = [threading.Thread(target=go_round) for _ in range(2)]
    for postman in postmen:
        postman.start()
    for postman in postmen:
        postman.join()

    ids = [letter["Message-ID"] for letter in post.mailbox.letters]
    assert len(ids) == len(set(ids)) == len(rows) == sum(counts)
    assert {post.row(row_id).attempts for row_id in rows} == {1}


def test_the_outbox_holds_no_words(post: Post) -> None:
    post.update_for(DANA)
    words = {column.name for column in OutgoingEmail.__table__.columns if column.type.python_type is str}

    assert words == {"message", "message_id", "claimed_by", "outcome", "reason", "to_domain"}  # the last is a hash


def _related_person_id(post: Post, patient_id: int) -> int:
    from portal.models import RelatedPerson

    found = session().scalar(
        select(RelatedPerson.id).where(RelatedPerson.patient_id == patient_id, RelatedPerson.email == DANA.email)
    )
    assert found is not None
    return found


def test_what_left_is_written_down_though_the_next_letter_could_not_be_taken(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [post.update_for(DANA) for _ in range(2)]
    take = in_hand.take

    def stumble(handful: Sequence[Claim], ended: Ending | None) -> list[Claim]:
        if ended is not None:
            raise OperationalError("deadlock detected", None, Exception())
        return take(handful, ended)

    monkeypatch.setattr(in_hand, "take", stumble)
    with pytest.raises(OperationalError):
        post.deliver()
    assert [post.row(one).outcome for one in rows] == ["sent", None]

    monkeypatch.undo()
    assert post.deliver()["sent"] == 1
    assert len(post.mailbox.letters) == 2


def test_an_address_that_no_key_opens_any_more_keeps_no_other_letter_from_leaving(post: Post) -> None:
    post.ask_for_an_address(DANA)
    with at_the_clinic(post.app):
        session().scalars(select(NewAddress)).one().sealed = b"sealed with a key that is gone"
    post.update_for(DANA)
    assert post.deliver() == {"sent": 1, "withheld": 1, "failed": 0, "waiting": 0}
