"""What comes back is read from a box: the email and, where it says so, the address are marked. Nothing else is kept."""

from __future__ import annotations

import mailbox
from email.message import Message
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import tasks
from portal.cast import ALEX, DANA
from portal.db import db, session
from portal.emails import bounces, reach, unsubscribe
from portal.models import Account, NewAddress, OutgoingEmail, RecordEntry
from portal.services import email_addresses
from tests.conftest import SignIn, at_the_clinic
from tests.emails.conftest import Opening, Post
from tests.emails.mailbox import mail_server
from tests.emails.test_reach import Refuses, failed_at

REPORT = """\
From: MAILER-DAEMON@mx.example.com
To: {to}
Subject: Undelivered: Dana Rivera, There is something new for you
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_1"

--=_1
Content-Type: text/plain

Dana Rivera does not live here any more.
--=_1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; dana@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 secret words of a mail server

--=_1
Content-Type: text/rfc822-headers

Subject: There is something new for you

--=_1--
"""


def put(folder: Path, text: str) -> None:
    mailbox.Maildir(folder, create=True).add(text.encode())


def sent_to_dana(post: Post) -> tuple[int, str]:
    """An email that the mail server took, and the address it would come back to."""
    row_id = post.update_for(DANA)
    assert post.deliver()["sent"] == 1
    with post.app.app_context():
        return row_id, reach.bounce_address(post.row(row_id).message_id)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    mailbox.Maildir(tmp_path / "bounces", create=True)
    return tmp_path / "bounces"


def read(post: Post) -> dict[str, int]:
    with post.app.app_context():
        return dict(bounces.now_and_then())


@pytest.mark.both_databases
def test_a_report_of_a_failure_marks_the_email_and_the_address(post_at: Opening, box: Path, sign_in: SignIn) -> None:
    mailbox_ = Refuses("")
    with mail_server(mailbox_) as port:
        post = post_at(port, mailbox_, bounces=str(box))
        row_id, back = sent_to_dana(post)
    assert mailbox_.senders == [back]
    assert post.mailbox.letters[0]["From"].endswith("<no-reply@portal.example.org>")
    put(box, REPORT.format(to=back.upper(), action="failed", status="5.1.1"))
    tasks.make_a_pass(post.app, lambda: True)

    assert (post.row(row_id).outcome, post.row(row_id).reason) == ("failed", "came back (5.1.1)")
    assert failed_at(post, DANA) == post.clock.moment
    assert len(mailbox.Maildir(box)) == 0
    page = sign_in(DANA).get("/home").text
    assert "do not arrive" in page
    assert "secret words" not in page
    with at_the_clinic(post.app):
        assert session().scalars(select(RecordEntry.act).where(RecordEntry.what == "update_posted")).all() == ["sent"]


@pytest.mark.parametrize(
    ("action", "status", "outcome"),
    [
        ("delayed", "4.4.1", "sent"),
        ("delayed", "5.1.1", "sent"),
        ("failed", "5.2.2", "failed"),
        ("relayed", "2.0.0", "sent"),
    ],
)
def test_what_is_late_or_full_says_nothing_about_an_address(
    post_at: Opening, box: Path, action: str, status: str, outcome: str
) -> None:
    with mail_server(Refuses("")) as port:
        post = post_at(port, bounces=str(box))
        row_id, back = sent_to_dana(post)
    put(box, REPORT.format(to=back, action=action, status=status))

    assert read(post) == {"read": 1}
    assert post.row(row_id).outcome == outcome
    assert failed_at(post, DANA) is None


def test_what_is_none_of_ours_is_laid_aside_and_stops_nothing(
    post_at: Opening, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(Refuses("")) as port:
        post = post_at(port, bounces=str(box))
        row_id, back = sent_to_dana(post)
    seen: list[str] = []

    def leave(token: str, mail: object) -> bool:
        if token == "poison":
            raise RuntimeError("I cannot be read")
        seen.append(token)
        return True

    monkeypatch.setitem(bounces.READERS, "unsubscribe", leave)
    name, _, host = back.partition("@")
    forged = f"{name[:-1]}{'0' if name[-1] != '0' else '1'}@{host}"
    for to in (forged, "bounce+1@" + host, "bounce+9999999999999999999999-ab@" + host, "bounce+@x", "stranger@" + host):
        put(box, REPORT.format(to=to, action="failed", status="5.1.1"))
    for text in ("", "\x00\xff", "To: unsubscribe+poison@" + host, f"To: {back}\n\nI am on holiday", "x" * 2_000_000):
        put(box, text)
    put(box, "To: unsubscribe+Token@" + host)
    put(box, REPORT.format(to=back, action="failed", status="5.1.1"))

    assert read(post) == {"read": 2, "aside": 10}
    assert seen == ["Token"]
    assert post.row(row_id).outcome == "failed"
    assert len(mailbox.Maildir(box).get_folder("aside")) == 10
    assert read(post) == {}


def test_a_file_is_a_box_too(post_at: Opening, tmp_path: Path) -> None:
    file = tmp_path / "mbox"
    with mail_server(Refuses("")) as port:
        post = post_at(port, bounces=str(file))
        row_id, back = sent_to_dana(post)
    box = mailbox.mbox(file)
    box.add(REPORT.format(to=back, action="failed", status="5.1.1").encode())
    box.add(b"To: somebody@example.net\n\nHello")
    box.close()

    assert read(post) == {"read": 1, "aside": 1}
    assert post.row(row_id).reason == "came back (5.1.1)"
    assert file.read_bytes() == b""
    assert b"Hello" in Path(f"{file}.aside").read_bytes()


def test_who_chose_an_address_elsewhere_meanwhile_is_not_told_that_it_fails(post_at: Opening, box: Path) -> None:
    with mail_server(Refuses("")) as port:
        post = post_at(port, bounces=str(box))
        _, back = sent_to_dana(post)
    with at_the_clinic(post.app):
        account = session().scalars(select(Account).where(Account.email == DANA.email)).one()
        account.email = "dana@elsewhere.example"
    put(box, REPORT.format(to=back, action="failed", status="5.1.1"))
    read(post)

    with post.app.app_context():
        assert session().scalars(select(Account.email_failed_at).where(Account.email.like("%elsewhere%"))).one() is None
    assert failed_at(post, ALEX) is None


def test_a_mail_to_the_address_in_a_letter_turns_its_kind_off_and_a_made_up_one_is_laid_aside(
    post_at: Opening, box: Path
) -> None:
    with mail_server(mailbox_ := Refuses("")) as port:
        post = post_at(port, mailbox_, bounces=str(box))
        sent_to_dana(post)
        links = mailbox_.letters[0]["List-Unsubscribe"]
        address = links.rpartition("mailto:")[2].partition("?")[0]
        put(box, f"To: {address}\n\nunsubscribe")
        put(box, "To: unsubscribe+abcdefgh@portal.example.org\n\nunsubscribe")
        assert read(post) == {"read": 1, "aside": 1}
        again = post.update_for(DANA)
        post.deliver()
    assert post.row(again).reason == "the reader turned this kind off"


def test_an_address_that_was_only_asked_for_or_left_since_says_nothing_about_the_one_of_today(
    post_at: Opening, box: Path
) -> None:
    with mail_server(Refuses("")) as port:
        post = post_at(port, bounces=str(box))
        _, to_the_old_one = sent_to_dana(post)
        with at_the_clinic(post.app):
            email_addresses.ask(post.account_id(DANA), "dnaa@example.org")
        assert post.deliver()["sent"] == 1
        with post.app.app_context():
            asked = session().scalars(select(OutgoingEmail.id).where(OutgoingEmail.message == "new_address")).one()
            to_the_new_one = reach.bounce_address(post.row(asked).message_id)
    put(box, REPORT.format(to=to_the_new_one, action="failed", status="5.1.1"))
    assert read(post) == {"read": 1}
    assert post.row(asked).reason == "came back (5.1.1)"
    assert failed_at(post, DANA) is None, "she mistyped the new one; her own still works"

    with at_the_clinic(post.app):
        assert email_addresses.take_up(session().scalars(select(NewAddress)).one()) is not None
    put(box, REPORT.format(to=to_the_old_one, action="failed", status="5.1.1"))
    read(post)
    with post.app.app_context():
        hers = select(Account.email_failed_at).where(Account.email == "dnaa@example.org")
        assert session().scalars(hers).one() is None


def test_a_mail_from_somebody_who_is_not_here_any_more_keeps_nobody_from_writing(post_at: Opening, box: Path) -> None:
    post = post_at(0, bounces=str(box))
    with post.app.app_context():
        assert bounces.READERS["unsubscribe"](unsubscribe.token("gone", "update_posted"), Message()) is False
        with db.engine.connect() as another:
            another.exec_driver_sql("PRAGMA busy_timeout=100")
            another.commit()
            another.exec_driver_sql("UPDATE account SET active = active")
            another.rollback()
