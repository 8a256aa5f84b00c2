"""Whatever the mail server does, nothing is lost and nothing waits for ever."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from portal.cast import ALEX, DANA, SAM
from portal.emails import line
from portal.emails.outbox import BACK_OFF
from tests.emails.conftest import Opening
from tests.emails.mailbox import Mailbox, mail_server, rude_server
from tests.emails.test_reach import Refuses


def test_nobody_listens_and_everything_waits(post_at: Opening) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    post = post_at(port)
    rows = [post.update_for(DANA), post.update_for(ALEX), post.update_for(DANA)]

    assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 1, "waiting": 3}
    assert sorted(post.row(row_id).attempts for row_id in rows) == [0, 0, 1]  # the others keep their tries


def test_a_busy_server_gets_the_letter_later_under_the_same_message_id(post_at: Opening) -> None:
    seen = []

    class Busy(Mailbox):
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
            seen.append(next(li for li in envelope.content.splitlines() if li.startswith(b"Message-ID")))  # type: ignore[attr-defined]
            return await super().handle_DATA(server, session, envelope)  # type: ignore[arg-type]

    mailbox = Busy(lambda to, number: "451 come back later" if number < 3 else "250 OK")
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox)
        row_id = post.update_for(DANA)
        assert post.deliver()["failed"] == 1
        assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 0, "waiting": 1}  # not due yet
        first_wait = post.row(row_id).due_at - post.clock.moment
        post.clock.forward(minutes=2)
        assert post.deliver()["failed"] == 1
        second_wait = post.row(row_id).due_at - post.clock.moment
        post.clock.forward(minutes=10)
        assert post.deliver()["sent"] == 1

    assert BACK_OFF[0] * 0.8 <= first_wait <= BACK_OFF[0] * 1.2
    assert BACK_OFF[1] * 0.8 <= second_wait <= BACK_OFF[1] * 1.2
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert post.row(row_id).attempts == 3


def test_a_refused_address_is_given_up_at_once_and_shown_to_staff(post_at: Opening) -> None:
    class Refuses(Mailbox):
        async def handle_RCPT(self, *asked: object) -> str:  # noqa: N802
            return "550 no such mailbox"

    with mail_server(Refuses()) as port:
        post = post_at(port)
        row_id = post.update_for(DANA)
        assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 1, "waiting": 0}

    row = post.row(row_id)
    assert (row.outcome, row.reason) == ("failed", "refused by the mail server (550)")


def test_a_server_that_refuses_us_refuses_no_letter_for_good(post_at: Opening) -> None:
    def not_today(caller: socket.socket) -> None:
        caller.sendall(b"554 no service here\r\n")
        caller.recv(1000)

    with rude_server(not_today) as port:
        post = post_at(port)
        row_id = post.update_for(DANA)
        assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 1, "waiting": 1}
    assert post.row(row_id).ended_at is None


def test_after_the_last_try_a_letter_is_given_up(post_at: Opening) -> None:
    with mail_server(Mailbox(lambda to, number: "451 later")) as port:
        post = post_at(port)
        row_id = post.update_for(DANA)
        for _ in range(len(BACK_OFF)):
            post.deliver()
            assert post.row(row_id).ended_at is None
            post.clock.forward(days=2)
        post.deliver()

    row = post.row(row_id)
    assert (row.outcome, row.attempts) == ("failed", len(BACK_OFF) + 1)


def talk_until_data(caller: socket.socket, then: object) -> None:
    """As a mail server would, up to the dot that ends the letter."""
    stream = caller.makefile("rwb")

    def say(words: bytes) -> None:
        stream.write(words + b"\r\n")
        stream.flush()

    say(b"220 hello")
    for spoken in stream:
        verb = spoken.split()[0].upper()
        if verb == b"DATA":
            say(b"354 go on")
            while stream.readline() != b".\r\n":
                pass
            then(say)  # type: ignore[operator]
            return
        say(b"250 fine")


def test_a_line_cut_after_the_letter_is_tried_again(post_at: Opening) -> None:
    calls = []

    def cut(caller: socket.socket) -> None:
        def hang_up(say: object) -> None:
            calls.append(caller)  # before the postman can know of it
            caller.shutdown(socket.SHUT_RDWR)

        talk_until_data(caller, hang_up)

    with rude_server(cut) as port:
        post = post_at(port)
        row_id = post.update_for(DANA)
        other_id = post.update_for(DANA)
        assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 2, "waiting": 2}

    assert len(calls) == 2  # it does not stop the letters behind it
    assert [post.row(one).attempts for one in (row_id, other_id)] == [1, 1]
    assert post.row(row_id).reason == "conversation broke off (SMTPServerDisconnected)"


def test_a_server_that_is_too_slow_for_one_letter_is_not_kept_waiting_for_by_each_of_the_others(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "DEADLINE", dt.timedelta(seconds=1))
    with rude_server(lambda caller: talk_until_data(caller, lambda say: caller.recv(1) and None)) as port:
        post = post_at(port)
        rows = [post.update_for(DANA) for _ in range(3)]
        assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 1, "waiting": 3}

    assert [post.row(one).attempts for one in rows] == [1, 0, 0]
    assert (post.row(rows[0]).reason or "").startswith("mail server too slow")


def silent(caller: socket.socket) -> None:
    """Hears everything and says nothing until the other side hangs up."""
    with suppress(OSError):
        while caller.recv(1000):
            pass


def drips(caller: socket.socket) -> None:
    for byte in b"220 " + b"a" * 10_000:
        caller.sendall(bytes([byte]))
        time.sleep(0.1)


def drips_after_the_letter(caller: socket.socket) -> None:
    talk_until_data(caller, lambda say: drips(caller))


@pytest.mark.parametrize("talk", [silent, drips, drips_after_the_letter])
def test_a_slow_server_is_left_when_the_time_is_over(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch, talk: object
) -> None:
    monkeypatch.setattr(line, "DEADLINE", dt.timedelta(seconds=0.6))
    with rude_server(talk) as port:  # type: ignore[arg-type]
        post = post_at(port)
        row_id = post.update_for(DANA)
        began = time.monotonic()
        assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 1, "waiting": 1}
        assert time.monotonic() - began < 30  # of a thousand seconds that it would take
    assert post.row(row_id).attempts == 1


def test_the_deadline_is_shorter_than_the_lease() -> None:
    from portal.emails.outbox import LEASE

    assert line.DEADLINE < LEASE


def test_a_server_that_drops_one_letter_still_takes_the_others(post_at: Opening) -> None:
    def drop_alex(to: str, number: int) -> str:
        return "554 not this one" if to == ALEX.email else "250 OK"

    mailbox = Mailbox(drop_alex)
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox)
        update = post.appointment_id()
        post.queue("password_changed", ALEX)
        post.queue("booking_confirmed", DANA, SAM, update)
        assert post.deliver() == {"sent": 1, "withheld": 0, "failed": 1, "waiting": 0}
    assert [letter["To"] for letter in mailbox.letters] == [DANA.email]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder: Path = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.cert_file = str(folder / "cert.pem")  # type: ignore[attr-defined]
    return context


def test_a_server_with_a_certificate_of_its_own_making_gets_no_mail(
    post_at: Opening, certificate: ssl.SSLContext
) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, tls_context=certificate) as port:
        post = post_at(port, mailbox)
        row_id = post.update_for(DANA)
        assert post.deliver() == {"sent": 0, "withheld": 0, "failed": 1, "waiting": 1}

    assert mailbox.letters == []
    assert post.row(row_id).reason == "mail server not reached (SSLCertVerificationError)"


def test_a_server_with_a_trusted_certificate_gets_it_encrypted(
    post_at: Opening, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate.cert_file)  # type: ignore[attr-defined]
    mailbox = Mailbox()
    with mail_server(mailbox, tls_context=certificate, require_starttls=True) as port:
        post = post_at(port, mailbox)
        post.update_for(DANA)
        assert post.deliver()["sent"] == 1


def test_over_tls_too_a_slow_server_is_left_in_time(
    post_at: Opening, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "DEADLINE", dt.timedelta(seconds=0.6))
    monkeypatch.setenv("SSL_CERT_FILE", certificate.cert_file)  # type: ignore[attr-defined]

    def drips_encrypted(caller: socket.socket) -> None:
        with certificate.wrap_socket(caller, server_side=True) as secret:
            drips(secret)

    with rude_server(drips_encrypted) as port:
        post = post_at(port, smtp_url=f"smtps://127.0.0.1:{port}")
        post.update_for(DANA)
        began = time.monotonic()
        assert post.deliver()["failed"] == 1
        assert time.monotonic() - began < 30  # of a thousand seconds that it would take


@pytest.mark.parametrize("at_once", [True, False], ids=["at RCPT", "at the end of the letter"])
def test_a_server_that_hangs_up_on_one_letter_takes_the_next_on_a_line_of_its_own(
    post_at: Opening, at_once: bool
) -> None:
    busy = "421 4.7.0 come again later"
    mailbox = Refuses(DANA.email, busy) if at_once else Mailbox(lambda to, _: busy if to == DANA.email else "250 OK")
    with mail_server(mailbox) as port:
        post = post_at(port, mailbox)
        post.update_for(DANA)
        post.queue("sharing_changed", SAM)
        assert post.deliver() == {"sent": 1, "withheld": 0, "failed": 1, "waiting": 1}
    assert [letter["To"] for letter in mailbox.letters] == [SAM.email]
