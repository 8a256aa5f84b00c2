"""Whatever happens between the postman and the mail server, each email arrives in the end, and once.

`make test` sends a few through every fault; MAILS says how many. The proof sends 100 and waits for the real deadline.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import pytest

from portal.emails import line as lines
from tests.emails import faulty
from tests.emails.conftest import Opening
from tests.emails.mailbox import mail_server
from tests.emails.rounds import MAILS, Keeper, begin_round

# A fault that only time ends is waited for in full where the proof is.
SHORT = dt.timedelta(seconds=1) if MAILS < 20 else lines.DEADLINE


@dataclass(frozen=True)
class Fault:
    """One kind of bad line. `may_repeat`: the mail server has the letter and the postman cannot know."""

    talk: type[faulty.Talk] | None
    waits: bool = False
    may_repeat: bool = False


FAULTS = {
    "nobody listens": Fault(None),
    "reset at once": Fault(faulty.Resets),
    "reset in the middle of the letter": Fault(faulty.ResetsInTheLetter),
    "accepts and never answers": Fault(faulty.Hears, waits=True),
    "answers byte by byte": Fault(faulty.Drips, waits=True),
    "hangs up between letters": Fault(faulty.HangsUpBetweenLetters),
    "cut after the final dot": Fault(faulty.CutsAfterTheDot, may_repeat=True),
    "answers the final dot byte by byte": Fault(faulty.DripsAfterTheDot, waits=True, may_repeat=True),
}


def test_all_mail_arrives_once_the_line_is_mended(post_at: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = Keeper()
    with mail_server(mailbox) as server_port, faulty.bad_line(server_port) as line:
        made = begin_round(post_at, monkeypatch, line.port, mailbox)
        for name, fault in FAULTS.items():
            if made.mailbox.letters:
                made.begin()
            with monkeypatch.context() as patched:
                if fault.waits:
                    patched.setattr(lines, "DEADLINE", SHORT)
                line.becomes(fault.talk)
                made.go()
                assert made.waiting(), f"there was no fault: {name}"
                made.go(minutes=10)
                line.becomes(faulty.Talk)
                made.until_all_is_over()
                made.check(may_repeat=fault.may_repeat)
            print(f"{name}: {MAILS} emails, {len(made.tries)} tries, the longest {max(made.tries):.1f} s")


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_a_server_that_asks_to_come_again_gets_each_letter_in_the_end(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    mailbox = Keeper(**{where: "451 4.7.1 greylisted, come again"}, times=3)
    with mail_server(mailbox) as port:
        made = begin_round(post_at, monkeypatch, port, mailbox)
        made.until_all_is_over()
        made.check()
        assert {row.attempts for row in made.rows()} == {4}


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_what_is_refused_for_good_is_tried_once_and_shown_to_staff(
    post_at: Opening, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    mailbox = Keeper(**{where: "550 5.1.1 nobody of that name"}, times=1)
    with mail_server(mailbox) as port:
        made = begin_round(post_at, monkeypatch, port, mailbox)
        made.until_all_is_over()
        made.go(minutes=60 * 24)

    rows = made.rows()
    assert Counter((row.outcome, row.attempts) for row in rows) == {("failed", 1): MAILS}
    assert {"550" in str(row.reason) for row in rows} == {True}
    assert mailbox.letters == []
