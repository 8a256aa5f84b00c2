"""Many letters are kept at a time: a stop waits for none that is not in hand, and poison takes no other along."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from portal.cast import DANA, SAM
from portal.db import db, is_sqlite
from portal.emails import claims, in_hand
from portal.emails.claims import MOST_DEATHS, Claim
from portal.emails.in_hand import Ending
from portal.emails.outbox import LEASE, SENT
from portal.models import OutgoingEmail
from portal.services import consents
from tests.conftest import at_the_clinic
from tests.emails.conftest import Opening, Post
from tests.emails.test_delivery import _related_person_id


def kept(post: Post, postman: str = "") -> list[Claim]:
    with post.app.app_context():
        return claims.keep_fresh(postman or str(uuid.uuid4())).claims


def dies_with(post: Post, claim: Claim) -> None:
    """Its postman takes it in hand and is never heard of again; the leases end, and its next try comes."""
    with post.app.app_context():
        assert in_hand.take([claim], None)
    post.clock.forward(days=1)  # not in the night: then Dana wants no email


def tried(post: Post) -> list[Claim]:
    with post.app.app_context():
        return claims.keep_tried(str(uuid.uuid4())).claims


@pytest.mark.both_databases
def test_a_stop_waits_for_no_letter_that_is_only_kept(post: Post) -> None:
    rows = [post.update_for(DANA) for _ in range(3)]
    armful = kept(post)
    assert [claim.id for claim in armful] == rows
    began = time.monotonic()
    with at_the_clinic(post.app):
        sam = post.patient_id(SAM)
        consents.stop(sam, _related_person_id(post, sam))
    assert time.monotonic() - began < LEASE.total_seconds() / 2

    with post.app.app_context():
        assert in_hand.take(armful, None) == []
    assert {post.row(row_id).reason for row_id in rows} == {"sharing ended"}
    assert {post.row(row_id).attempts for row_id in rows} == {0}


@pytest.mark.both_databases
def test_how_a_letter_ended_is_written_down_before_the_next_is_in_hand(post: Post) -> None:
    post.update_for(DANA)
    post.update_for(DANA)
    first, second = kept(post)
    with post.app.app_context():
        assert in_hand.take([first], None)
        assert in_hand.take([second], Ending(first, SENT, None)) == [second]

    assert (post.row(first.id).outcome, post.row(first.id).handing_until) == ("sent", None)
    assert post.row(second.id).handing_until is not None


@pytest.mark.both_databases
def test_a_row_that_another_postman_kept_meanwhile_is_not_taken(post: Post) -> None:
    post.update_for(DANA)
    (slow,) = kept(post)
    assert kept(post) == []
    post.clock.forward(seconds=LEASE.total_seconds() + 1)
    (fast,) = kept(post)

    with post.app.app_context():
        assert not in_hand.take([slow], None)
        assert in_hand.take([fast], None)
    assert post.row(fast.id).attempts == 1


def test_what_is_laid_back_was_not_tried(post: Post) -> None:
    rows = [post.update_for(DANA) for _ in range(3)]
    first, *_ = kept(post, "one")
    with post.app.app_context():
        in_hand.take([first], None)
        claims.lay_back("one")

    assert [post.row(row_id).attempts for row_id in rows] == [1, 0, 0]
    assert [claim.id for claim in kept(post)] == rows[1:]


def test_what_kills_postmen_is_tried_alone_and_given_up(post: Post) -> None:
    poison, *others = [post.update_for(DANA) for _ in range(3)]
    dies_with(post, kept(post)[0])
    assert [claim.id for claim in kept(post)] == others  # it holds nobody up any more
    post.clock.forward(seconds=LEASE.total_seconds() + 1)
    for _ in range(MOST_DEATHS - 1):
        (claim,) = tried(post)
        assert (claim.id, claim.is_deadly) == (poison, False)
        dies_with(post, claim)

    assert post.deliver() == {"sent": 2, "withheld": 0, "failed": 1, "waiting": 0}
    assert (post.row(poison).outcome, post.row(poison).reason) == ("failed", "the postman died of it")


def test_what_readers_chose_is_read_again_before_it_is_old(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "FRESH_FOR", claims.FRESH_FOR * -1)
    post.update_for(DANA)
    with post.app.app_context():
        assert claims.keep_fresh("one").handful(1) == []


@pytest.mark.both_databases
def test_a_row_that_somebody_is_about_to_end_is_waited_for_neither_in_line_nor_when_it_is_laid_back(
    post_at: Opening,
) -> None:
    post = post_at(0, mail_per_minute=1)
    rows = [post.update_for(DANA) for _ in range(3)]
    first, second, _ = kept(post, "one")
    with post.app.app_context():
        if is_sqlite():
            return  # which lets one write at a time: nobody holds a single row
        assert in_hand.take([first], None)
        with db.engine.begin() as stop:
            held = select(OutgoingEmail.id).where(OutgoingEmail.id == second.id).with_for_update()
            stop.execute(held)
            with ThreadPoolExecutor(1) as postman:
                done = postman.submit(in_the_portal, post, second)
                try:
                    assert done.result(timeout=LEASE.total_seconds()) == []
                finally:
                    stop.rollback()
    assert [post.row(one).claimed_by for one in rows] == ["one", "one", None]


def in_the_portal(post: Post, claim: Claim) -> list[Claim]:
    with post.app.app_context():
        try:
            return in_hand.take([claim], None)
        finally:
            claims.lay_back(claim.postman)


def test_one_death_after_many_tries_that_failed_is_not_many_deaths(post: Post) -> None:
    row = post.update_for(DANA)
    (claim,) = kept(post)
    for _ in range(MOST_DEATHS):
        with post.app.app_context():
            assert in_hand.take([claim], None)
            in_hand.try_again(claim, "mail server answered 451")
        post.clock.forward(days=1)
        (claim,) = tried(post)
    dies_with(post, claim)
    post.clock.forward(days=1)

    assert post.deliver()["sent"] == 1
    assert post.row(row).attempts == MOST_DEATHS + 2
