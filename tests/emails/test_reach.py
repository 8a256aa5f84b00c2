"""An address that does not work gets no more mail until somebody looked at it; in test mode only a list gets any."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from portal.cast import ALEX, DANA, PRIYA, SAM
from portal.config import BadSetting, read_settings
from portal.consent.scopes import Scope
from portal.db import session
from portal.emails import reach
from portal.models import Account, OutgoingEmail
from portal.services import audience
from tests.browser_form import submit
from tests.conftest import SignIn, at_the_clinic
from tests.emails.conftest import Opening, Post
from tests.emails.mailbox import Mailbox, mail_server


class Refuses(Mailbox):
    """A mail server that knows nobody of this address."""

    def __init__(self, address: str, words: str = "550 5.1.1 no such mailbox") -> None:
        super().__init__()
        self.address, self.words, self.senders = address, words, []

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: object, session: object, envelope: object, address: str, options: list[str]
    ) -> str:
        if address == self.address:
            return self.words
        envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]
        self.senders.append(envelope.mail_from)  # type: ignore[attr-defined]
        return "250 OK"


def failed_at(post: Post, person: object) -> dt.datetime | None:
    with post.app.app_context():
        return session().scalars(select(Account.email_failed_at).where(Account.email == person.email)).one()  # type: ignore[attr-defined]


def test_an_address_that_was_refused_gets_safety_mail_alone_until_its_holder_says_it_is_right(
    post_at: Opening, sign_in: SignIn
) -> None:
    mailbox = Refuses(DANA.email)
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox)
        refused = post.update_for(DANA)
        post.deliver()
        assert failed_at(post, DANA) == post.clock.moment
        assert post.row(refused).outcome == "failed"

        held_back, safety = post.update_for(DANA), post.queue("password_changed", DANA)
        for_sam = post.queue("sharing_changed", SAM)
        post.deliver()
        assert (post.row(held_back).outcome, post.row(held_back).reason) == ("withheld", "the address does not work")
        assert post.row(safety).reason == "refused by the mail server (550)"  # tried all the same
        assert post.row(for_sam).outcome == "sent"

        dana = sign_in(DANA)
        page = dana.get("/home").text
        assert "Emails to you do not arrive. Check your address: dana@example.org" in page
        assert "550" not in page
        assert "do not arrive" not in sign_in(ALEX).get("/home").text
        answer = submit(dana, "/home", "form[action='/email-works']")
        assert answer.status_code == 303
        assert "do not arrive" not in dana.get("/home").text
        mailbox.address = ""
        post.update_for(DANA)
        assert post.deliver()["sent"] == 1


def test_a_new_address_may_work(post_at: Opening) -> None:
    post = post_at(0)
    with at_the_clinic(post.app):
        account = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        account.email_failed_at = post.clock.moment
        session().flush()
        account.email = "dana.rivera@example.org"
    with post.app.app_context():
        assert session().scalars(select(Account.email_failed_at).where(Account.email.like("dana.r%"))).one() is None


def test_staff_see_before_posting_that_an_address_does_not_work(post_at: Opening) -> None:
    post = post_at(0)
    with at_the_clinic(post.app):
        session().scalars(select(Account).where(Account.email == DANA.email)).one().email_failed_at = post.clock.moment
    with post.app.app_context():
        told = audience.of_update(post.patient_id(SAM), Scope.GOING)
    dana = next(reader for reader in told.readers if reader.name == DANA.name)
    assert (dana.sees, dana.gets_email) == (True, False)
    assert dana.why == "Sees it. Gets no email: Dana’s address does not work."


@pytest.mark.parametrize(
    ("code", "words", "verdict"),
    [
        (550, b"no such user", True),
        (551, b"user not local", True),
        (553, b"5.1.3 bad address", True),
        (550, b"5.1.1 unknown", True),
        (550, b"5.2.1 mailbox disabled", True),
        (552, b"5.2.2 mailbox full", False),
        (550, b"5.7.1 we do not take mail from you", False),
        (554, b"no", False),
        (550, b"5.1.10 null mx", True),
    ],
)
def test_only_an_answer_about_the_address_says_that_it_does_not_work(code: int, words: bytes, verdict: bool) -> None:
    assert reach.does_not_work(code, words) is verdict


def test_in_test_mode_mail_goes_to_the_list_and_to_nobody_else(post_at: Opening) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox, mail_only_to="ALEX@example.org, @riverbend.example")
        rows = {person: post.queue("password_changed", person) for person in (DANA, ALEX, PRIYA)}
        assert post.deliver() == {"sent": 2, "withheld": 1, "failed": 0, "waiting": 0}
    assert sorted(letter["To"] for letter in mailbox.letters) == [ALEX.email, PRIYA.email]
    assert post.row(rows[DANA]).reason == "test mode: not on the list"


def test_a_list_that_holds_something_else_stops_the_start() -> None:
    with pytest.raises(BadSetting, match="PORTAL_MAIL_ONLY_TO: 'dana' is neither an address nor a domain"):
        read_settings({"PORTAL_MODE": "test", "PORTAL_MAIL_ONLY_TO": "dana"})


def domains_of(post: Post) -> set[str | None]:
    with post.app.app_context():
        return set(session().scalars(select(OutgoingEmail.to_domain)))


@pytest.mark.both_databases
def test_so_many_a_minute_leave_for_one_domain_and_the_others_wait_untried(post_at: Opening) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox, mail_per_minute=2)
        rows = [post.update_for(DANA) for _ in range(5)]
        elsewhere = post.queue("sharing_changed", SAM)
        with at_the_clinic(post.app):
            account = session().scalars(select(Account).where(Account.email == SAM.email)).one()
            account.email = "sam@elsewhere.example"
        safety = post.queue("password_changed", DANA)
        assert post.deliver()["waiting"] == 3
        assert [post.row(one).attempts for one in rows] == [1, 1, 0, 0, 0]
        assert post.row(safety).outcome == "sent"  # nobody waits in line for what keeps them safe
        assert post.row(elsewhere).outcome == "sent"
        waits = [(post.row(one).due_at - post.clock.moment).total_seconds() for one in rows[2:]]
        assert waits == [60, 60, 120]
        assert post.deliver()["sent"] == 0

        post.clock.forward(seconds=61)
        assert post.deliver()["sent"] == 2
        post.clock.forward(seconds=61)
        assert post.deliver()["sent"] == 1
    assert all(mark is None or len(mark) == 16 for mark in domains_of(post))


def test_what_was_withheld_has_no_place_in_the_line(post_at: Opening) -> None:
    with mail_server(Mailbox()) as port:
        post = post_at(port, mail_per_minute=2)
        for _ in range(8):
            post.queue("update_posted", DANA, SAM)  # about nothing that she may see
        rows = [post.update_for(DANA) for _ in range(3)]
        assert post.deliver() == {"sent": 2, "withheld": 8, "failed": 0, "waiting": 1}
    assert (post.row(rows[2]).due_at - post.clock.moment).total_seconds() == 60


@pytest.mark.both_databases
def test_whose_turn_had_come_waits_for_the_next_place_and_not_behind_the_others(post_at: Opening) -> None:
    with mail_server(Mailbox()) as port:
        post = post_at(port, mail_per_minute=1)
        began = post.clock.moment
        rows = [post.update_for(DANA) for _ in range(5)]
        post.deliver()
        post.clock.forward(seconds=59.5)
        post.queue("password_changed", DANA)  # goes at once, and counts
        assert post.deliver()["sent"] == 1
        post.clock.forward(seconds=0.5)
        assert post.deliver()["sent"] == 0
    waits = [(post.row(one).due_at - began).total_seconds() for one in rows[1:]]
    assert waits == [119.5, 120, 180, 240]


def test_a_clock_that_was_ahead_for_a_while_shuts_no_domain(post_at: Opening) -> None:
    with mail_server(Mailbox()) as port:
        post = post_at(port, mail_per_minute=1)
        post.clock.forward(days=1)
        post.update_for(DANA)
        assert post.deliver()["sent"] == 1
        post.clock.forward(days=-1)
        post.update_for(DANA)
        assert post.deliver()["sent"] == 1
