"""A few letters are in hand at a time: a stop waits for those few, and none of them is lost or counted for nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from portal.cast import DANA
from portal.db import core, db, is_sqlite, kept_connections, writing
from portal.emails import claims, delivery, in_hand
from portal.emails import line as lines
from portal.emails.letters import Letter
from portal.emails.outbox import LEASE
from portal.models import OutgoingEmail
from portal.services import consents
from tests.conftest import at_the_clinic
from tests.emails import families
from tests.emails.conftest import Opening, Post
from tests.emails.families import Family
from tests.emails.mailbox import Mailbox, mail_server

END_WHO_ASKED_FOR_CONSENT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE position('consent' IN query) > 0 AND pid <> pg_backend_pid() AND datname = current_database()
"""


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def opened(post_at: Opening, mailbox: Mailbox) -> Iterator[Post]:
    with mail_server(mailbox) as port:
        yield post_at(port, mailbox)


def queued(post: Post, many: int) -> tuple[list[Family], list[int]]:
    brought = families.bring(post.app, many)
    families.queue(post.app, brought)
    with post.app.app_context():
        rows = claims.keep_fresh("to look").claims
        claims.lay_back("to look")
    mine = {one.account_id for one in brought}
    return brought, [row.id for row in rows if row.account_id in mine]


def test_the_few_become_more_while_all_goes_well_and_no_reader_has_two_in_one_hand(
    opened: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(opened, 20)
    opened.update_for(DANA)
    opened.update_for(DANA)
    hands: list[list[int | None]] = []
    take = in_hand.take

    def watch(handful: list[claims.Claim], ended: in_hand.Ending | None) -> list[claims.Claim]:
        hands.append([claim.account_id for claim in handful])
        return take(handful, ended)

    monkeypatch.setattr(in_hand, "take", watch)
    assert opened.deliver()["sent"] == 22
    assert [len(hand) for hand in hands][:4] == [1, 2, 4, 8]
    assert all(len(set(hand)) == len(hand) for hand in hands)


def test_what_is_not_reached_within_a_moment_is_let_go_and_no_try_is_counted(
    opened: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, rows = queued(opened, 7)
    slow = iter([0.0, 0.0, 0.0, 0.0, 0.0, in_hand.MOMENT.total_seconds()])
    send = lines.Line.send
    began = time.monotonic()
    late = 0.0

    def as_slow_as_that(*args: object, **kwargs: object) -> None:
        nonlocal late
        late += next(slow, 0.0)
        send(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(lines.Line, "send", as_slow_as_that)
    monkeypatch.setattr("portal.emails.delivery.time.monotonic", lambda: began + late)
    # Seven in hands of one, two and four: the one after the sixth, which was slow, is let go and taken anew.
    assert opened.deliver()["sent"] == 7
    assert [opened.row(one).attempts for one in rows] == [1] * 7


def test_when_the_mail_server_goes_away_the_others_in_hand_were_not_tried(post_at: Opening) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox)
        _, rows = queued(post, 7)
        # In the hand of four that follows one and two, the server hangs up at the second and takes no more calls.
        mailbox._answer = lambda to, number: "250 OK" if number < 5 else "421 Closing"
        calls = lines.VerifiedConnection.configure_host

        def no_second_call(connection: lines.VerifiedConnection) -> object:
            if mailbox.tries:
                raise ConnectionRefusedError
            return calls(connection)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines.VerifiedConnection, "configure_host", no_second_call)
            counts = post.deliver()
    assert (counts["sent"], counts["failed"]) == (4, 2)  # the one it hung up on, and the one that found nobody there
    assert [post.row(one).attempts for one in rows] == [1, 1, 1, 1, 1, 1, 0]
    assert post.row(rows[-1]).handing_until is None


@pytest.mark.both_databases
def test_a_stop_waits_for_the_few_in_hand_and_not_a_moment_longer(post: Post) -> None:
    brought, rows = queued(post, 3)
    with post.app.app_context():
        taken = in_hand.take(claims.keep_fresh("one").claims[-3:], None)
        assert [claim.id for claim in taken] == rows
        in_hand.let_go(taken)
    began = time.monotonic()
    with at_the_clinic(post.app):
        consents.stop(brought[1].patient_id, brought[1].related_person_id)
    assert time.monotonic() - began < LEASE.total_seconds() / 2
    assert [post.row(one).outcome for one in rows] == [None, "withheld", None]
    assert [post.row(one).attempts for one in rows] == [0, 0, 0]


def test_what_stalls_while_letters_are_in_hand_lets_no_other_leave_after_its_lease(
    opened: Post, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk, or another writer, may hold up the note of a letter for longer than a stop waits."""
    _, rows = queued(opened, 7)
    later = 0.0
    began, end = time.monotonic(), in_hand.end

    def stall(ended: in_hand.Ending, **more: bool) -> None:
        nonlocal later
        end(ended, **more)
        if len(mailbox.letters) == 4:  # the first of the four
            later += LEASE.total_seconds()
            monkeypatch.setattr(in_hand, "end", end)
            in_hand_now.extend(row for row in map(opened.row, rows) if row.handing_until and row.ended_at is None)

    in_hand_now: list[OutgoingEmail] = []
    left_before: list[int] = []
    let_go = in_hand.let_go

    def note_what_left(some: Collection[claims.Claim]) -> None:
        left_before.append(len(mailbox.letters))
        let_go(some)

    monkeypatch.setattr(in_hand, "end", stall)
    monkeypatch.setattr(in_hand, "let_go", note_what_left)
    monkeypatch.setattr("portal.emails.delivery.time.monotonic", lambda: began + later)
    assert opened.deliver()["sent"] == 7
    assert len(in_hand_now) == 3
    assert 4 in left_before, "nothing left between the stall and letting go"
    assert [opened.row(one).attempts for one in rows] == [1] * 7


def test_a_letter_that_takes_long_to_write_is_tried_and_holds_nobody_up(
    opened: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(opened, 7)
    write, clock, later = delivery._compose, time.monotonic, [0.0]

    def slowly(claim: claims.Claim) -> Letter:
        later[0] += in_hand.MOMENT.total_seconds() + 1
        return write(claim)

    monkeypatch.setattr(delivery, "_compose", slowly)
    monkeypatch.setattr("portal.emails.delivery.time.monotonic", lambda: clock() + later[0])
    assert opened.deliver()["sent"] == 7


@pytest.mark.both_databases
def test_a_connection_that_is_lost_while_letters_are_written_ends_the_pass_and_fails_no_letter(opened: Post) -> None:
    with opened.app.app_context():
        if is_sqlite():
            return  # which has no connection to lose
    _, rows = queued(opened, 7)
    write = delivery._compose

    def lose_the_reader(claim: claims.Claim) -> Letter:
        if claim.id == rows[4]:
            with db.engine.begin() as connection:
                connection.exec_driver_sql(END_WHO_ASKED_FOR_CONSENT)
        return write(claim)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "_compose", lose_the_reader)
        with pytest.raises(DBAPIError):
            opened.deliver()
    assert [opened.row(one).attempts for one in rows] == [1, 1, 1, 0, 0, 0, 0]
    assert opened.deliver() == {"sent": 4, "withheld": 0, "failed": 0, "waiting": 0}


def test_what_killed_postmen_is_still_known_for_it_when_it_is_let_go(post: Post) -> None:
    row_id = post.update_for(DANA)
    keep = claims.keep_fresh
    with post.app.app_context():
        for _ in range(claims.MOST_DEATHS):
            assert in_hand.take(keep("one").claims, None)
            post.clock.forward(days=1)
            keep = claims.keep_tried
        (claim,) = keep("one").claims
        in_hand.let_go(in_hand.take([claim], None))
        assert [(again.id, again.is_deadly) for again in keep("two").claims] == [(row_id, True)]


def test_a_letter_taken_at_the_last_moment_is_cut_off_before_its_lease_ends() -> None:
    assert in_hand.MOMENT + lines.DEADLINE < LEASE


@pytest.mark.both_databases
def test_what_is_taken_waits_for_the_disk_and_so_does_everybody_else(post: Post) -> None:
    """Only the note that a letter left does not: it is safe with the next hand that is taken."""
    with post.app.app_context(), writing():
        with kept_connections():
            with core() as connection:
                assert waits_for_the_disk(connection)
            with core(survives_power=False) as connection:
                assert not waits_for_the_disk(connection)
        for _ in range(3):
            with db.engine.begin() as connection:
                assert waits_for_the_disk(connection)


def waits_for_the_disk(connection: Connection) -> bool:
    question = "PRAGMA synchronous" if is_sqlite() else "SHOW synchronous_commit"
    return connection.exec_driver_sql(question).scalar() in (2, "on")


def test_kept_rows_have_no_claim_on_a_letter_that_somebody_else_ended(post: Post) -> None:
    _, rows = queued(post, 2)
    with post.app.app_context():
        kept = [claim for claim in claims.keep_fresh("one").claims if claim.id in rows]
        with db.sessionmaker.begin() as session:
            session.get_one(OutgoingEmail, rows[0]).ended_at = post.clock.moment
        assert [claim.id for claim in in_hand.take(kept, None)] == rows[1:]
