"""The rules of invitations, their secrets, and the moment they are sent."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal.cast import NOT_ACCEPTED, PRIYA
from portal.consent.invitations import link_of, token_hash, token_of
from portal.consent.scopes import BOXES
from portal.db import session
from portal.errors import Refused
from portal.models import Account, ConsentScope, HowInvited, Invitation, OutgoingEmail, RecordEntry, RelatedPerson
from portal.services import consents, invitation_codes, invitation_rules, invitations, word_list
from portal.services.invitation_codes import code_hash, code_of, is_code_of
from portal.services.invitations import Wish
from tests.conftest import MORNING, Clock, at_the_clinic
from tests.emails.conftest import Post, post, post_at  # noqa: F401  fixtures

IVY = NOT_ACCEPTED.person


def person() -> RelatedPerson:
    return session().scalars(select(RelatedPerson).where(RelatedPerson.email == IVY.email)).one()


def invite(how: HowInvited = HowInvited.EMAIL, language: str = "en") -> Invitation:
    staff = session().scalars(select(Account).where(Account.email == PRIYA.email)).one().staff
    assert staff is not None
    return invitations.invite(Wish(person().id, "", IVY.email, 1980, language, how), by=staff)


# Secrets


def test_a_code_is_two_plain_words_and_four_digits_and_hard_to_guess() -> None:
    words = invitation_codes.words()

    assert 2 * math.log2(len(words)) + math.log2(10_000) > 36
    assert [word for word in words if word_list.hints(word)] == []
    assert not {"relapse", "rehab", "clinic", "patient", "opium", "sedate", "crazy"} & set(words)
    assert all(4 <= len(word) <= 7 and word.isascii() and word.isalpha() for word in words)


def test_two_invitations_share_no_secret_and_no_row_holds_one(app: Flask) -> None:
    with at_the_clinic(app):
        first, second = invite(), invite()
        assert code_of(first) != code_of(second)
        assert token_of(first) != token_of(second)
        assert len(token_of(first)) == 43  # 256 bits
        for one in (first, second):
            row = str(vars(one))
            assert token_of(one) not in row
            assert code_of(one) not in row


def test_a_code_is_heard_however_it_is_typed(app: Flask) -> None:
    with at_the_clinic(app):
        made = invite()
        code = code_of(made)
        for typed in (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')}. "):
            assert is_code_of(made, typed)
        assert not is_code_of(made, code[:-1])
        assert not is_code_of(None, code)


def test_another_secret_key_knows_neither_link_nor_code(app: Flask) -> None:
    with at_the_clinic(app):
        made = invite()
        kept = made.token_hash, made.code_hash
        app.config["SECRET_KEY"] = "another secret key, as after a theft"
        assert token_hash(token_of(made)) != kept[0]
        assert code_hash(code_of(made)) != kept[1]


# Rules


@pytest.mark.parametrize(("days", "left"), [(0, 14), (10, 14), (16, 14), (20, 10), (29, 1)])
def test_two_weeks_sliding_to_a_month(days: int, left: int) -> None:
    now = MORNING + dt.timedelta(days=days)

    assert invitation_rules.ends_at(now, MORNING) - now == dt.timedelta(days=left)


def test_a_stop_and_an_invitation_come_one_after_the_other(app: Flask) -> None:
    with at_the_clinic(app):
        consents.stop(person().patient_id, person().id)
    with at_the_clinic(app), pytest.raises(Refused, match="no signed, complete form in force"):
        invite()


def test_a_second_invitation_for_the_same_person_ends_the_first(app: Flask) -> None:
    with at_the_clinic(app):
        first, second = invite(), invite()
        session().refresh(first)
        assert first.ended_at is not None
        assert second.ended_at is None


def test_turning_one_of_many_things_off_leaves_the_invitation_and_the_last_one_ends_it(app: Flask) -> None:
    with at_the_clinic(app):
        made_id = invite().id
        patient_id, person_id = person().patient_id, person().id
    scopes = list(BOXES)
    for number, scope in enumerate(scopes, 1):
        with at_the_clinic(app):
            consents.narrow(patient_id, person_id, scope)
        with app.app_context():
            g.reading = True
            is_ended = session().get_one(Invitation, made_id).ended_at is not None
        assert is_ended == (number == len(scopes))


# The moment of sending


def row_of(post: Post) -> tuple[str | None, str | None]:  # noqa: F811
    with post.app.app_context():
        g.reading = True
        row = session().scalars(select(OutgoingEmail).where(OutgoingEmail.message == "invitation")).one()
        return row.outcome, row.reason


def test_the_letter_holds_the_link_and_the_day_and_not_the_code(post: Post) -> None:  # noqa: F811
    with at_the_clinic(post.app):
        made = invite()
        link, code = link_of(made), code_of(made)
    assert post.deliver()["sent"] == 1
    letter = post.mailbox.letters[0]
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]

    assert (letter["To"], letter["Subject"]) == (IVY.email, "You have an invitation")
    assert text.startswith("Hello,")
    assert f"http://portal.example.org{link}" in text
    assert "until Dec 7" in text
    assert not any(part in text.upper() for part in code.split("-"))
    assert letter["List-Unsubscribe"] is None
    with post.app.app_context():
        g.reading = True
        sent = session().scalars(select(RecordEntry).where(RecordEntry.act == "sent")).one()
        assert (sent.patient_id, sent.related_person_id) == (person().patient_id, person().id)


def _turn_all_off() -> None:
    for scope in session().scalars(select(ConsentScope).join(ConsentScope.consent)):
        if scope.consent.related_person_id == person().id:
            scope.off_at = MORNING


def _mark_invalid() -> None:
    for scope in session().scalars(select(ConsentScope).join(ConsentScope.consent)):
        if scope.consent.related_person_id == person().id:
            scope.consent.invalid_since = MORNING


def _hold() -> None:
    person().on_hold_since = MORNING


@pytest.mark.parametrize("change", [_turn_all_off, _mark_invalid, _hold])
def test_what_is_not_in_force_when_it_would_be_sent_is_withheld(
    post: Post,  # noqa: F811
    change: Callable[[], None],
) -> None:
    with at_the_clinic(post.app):
        invite()
    with at_the_clinic(post.app):
        change()  # behind the back of every act, so that only the check at sending can notice

    assert post.deliver()["withheld"] == 1
    assert post.mailbox.letters == []
    assert row_of(post) == ("withheld", "invitation ended")


def test_an_invitation_that_waited_too_long_is_withheld(post: Post, clock: Clock) -> None:  # noqa: F811
    with at_the_clinic(post.app):
        invite()
    clock.forward(days=15)

    assert post.deliver()["withheld"] == 1


def test_mail_to_nobody_still_goes_to_nobody(post: Post) -> None:  # noqa: F811
    from portal.emails import outbox

    with at_the_clinic(post.app):
        outbox.queue("new_password", to=None)

    assert post.deliver()["withheld"] == 1
    assert post.mailbox.letters == []
