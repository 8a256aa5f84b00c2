"""The postman: claim, compose as the recipient, hand over or withhold, and write down which."""

from __future__ import annotations

import smtplib
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable

import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError

from portal.db import db, kept_connections, reading
from portal.emails import claims, in_hand, reach, wanted
from portal.emails import line as lines
from portal.emails.claims import Claim
from portal.emails.in_hand import Ending
from portal.emails.letters import Letter
from portal.emails.line import Line, NoLine, TooSlow
from portal.emails.messages import MESSAGES, Withheld
from portal.emails.outbox import BACK_OFF, FAILED, SENT, WITHHELD

log = structlog.get_logger()

# With this answer a mail server ends the conversation; whoever speaks on would be told nothing about their own letter.
HANGS_UP = 421


def deliver(should_stop: Callable[[], bool] = lambda: False, each: Callable[[], object] = lambda: None) -> Counter[str]:
    """One pass over everything due. Counts `sent`, `withheld`, `failed` and what is `waiting` after it.

    Ends early when `should_stop` says so, or when the mail server cannot be reached or is too slow for one letter: the
    rest waits without a try being counted. `each` is called after each letter.
    """
    counts: Counter[str] = Counter(sent=0, withheld=0, failed=0, waiting=0)
    if current_app.config["MAIL_SERVER"]:  # without one nothing is tried, so nothing is given up
        _deliver_into(counts, should_stop, each)
    counts["waiting"] = claims.count_waiting()
    return counts


def _deliver_into(counts: Counter[str], should_stop: Callable[[], bool], each: Callable[[], object]) -> None:
    with kept_connections(), lines.open_line() as line:
        round_ = _Round(line, counts, should_stop, each)
        try:
            round_.go()
        except NoLine:
            pass  # written down with the letter that found it out
        finally:
            round_.end()


class _Round:
    """One postman with one line. He takes a few letters in hand, writes them, and notes how each ended before the next.

    The first goes alone, and so does the next after any that did not go well: then the few become more again.
    """

    def __init__(
        self, line: Line, counts: Counter[str], should_stop: Callable[[], bool], each: Callable[[], object]
    ) -> None:
        self._postman = str(uuid.uuid4())
        self._line, self._counts, self._should_stop, self._each = line, counts, should_stop, each
        self._ended: Ending | None = None
        self._few = 1

    def go(self) -> None:
        """Fresh letters as long as there are some, and after each armful of them one that was tried before."""
        found = True
        while found:
            found = False
            for keep in (claims.keep_fresh, claims.keep_tried):
                armful = keep(self._postman)
                while handful := armful.handful(self._few):
                    if self._should_stop():
                        return
                    found = True
                    self._handle(handful)
                self.end()

    def end(self) -> None:
        """Write down what is not written down yet, and let go of what was not reached."""
        if self._ended is not None:
            in_hand.end(self._ended)
            self._ended = None
        claims.lay_back(self._postman)

    def _handle(self, handful: list[Claim]) -> None:
        """Nothing leaves later than a moment and one deadline after this began: so long before, a lease holds."""
        a_moment_on = time.monotonic() + in_hand.MOMENT.total_seconds()
        left = deque(in_hand.take(handful, self._ended))
        self._ended = None  # not before: where taking fails, it is written down at the end of the round
        goes_well, is_first = True, True
        try:
            for letter in _write(left):
                self._note()
                # The first is tried however late it is: else one that takes long to write would wait for ever, untried.
                if not is_first and (time.monotonic() >= a_moment_on or self._should_stop()):
                    break
                until = min(time.monotonic(), a_moment_on) + lines.DEADLINE.total_seconds()
                goes_well = self._deliver(left.popleft(), letter, until) and goes_well
                is_first = False
                self._each()
        finally:
            in_hand.let_go(left)
            self._few = min(2 * self._few, in_hand.HANDFUL) if goes_well and not left else 1

    def _note(self) -> None:
        """The letter before in this hand; the last one is written down together with taking the next few."""
        if self._ended is not None:
            in_hand.end(self._ended, survives_power=False)
            self._ended = None

    def _deliver(self, claim: Claim, written: Letter | Exception, until: float) -> bool:
        try:
            outcome, reason, tells_of = _hand_over(claim, written, self._line, until)
        except NoLine as trouble:
            what = "too slow" if isinstance(trouble, TooSlow) else "not reached"
            self._failed(claim, f"mail server {what} ({trouble})")
            raise
        except _Failed as failed:
            self._failed(claim, failed.reason, for_good=failed.for_good)
            return False
        self._ended = Ending(claim, outcome, reason, tells_of)
        self._counts[outcome] += 1
        return True

    def _failed(self, claim: Claim, reason: str, *, for_good: bool = False) -> None:
        log.warning("email.not_sent", email=claim.id, attempt=claim.attempts, for_good=for_good)
        self._counts["failed"] += 1
        if for_good or claim.attempts > len(BACK_OFF):
            in_hand.end(Ending(claim, FAILED, reason))
            return
        in_hand.try_again(claim, reason)


class _Failed(Exception):
    """One try came to nothing."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.for_good = reason, for_good


def _write(left: deque[Claim]) -> list[Letter | Exception]:
    """The letters of these rows. What ends the process is taken out: it stays in hand, and is known for it by that."""
    letters = []
    for claim in tuple(left):
        try:
            letters.append(_written(claim))
        except Exception:
            raise
        except BaseException:
            left.remove(claim)
            raise
    return letters


def _written(claim: Claim) -> Letter | Exception:
    """The letter of a row that is in hand, or why there is none.

    Raises DBAPIError where the database is gone: that is nothing about any letter.
    """
    try:
        return _compose(claim)
    except DBAPIError as trouble:
        if trouble.connection_invalidated:
            raise
        return trouble
    except Exception as why:
        return why


def _hand_over(
    claim: Claim, written: Letter | Exception, line: Line, until: float
) -> tuple[str, str | None, frozenset[int]]:
    """Hand a letter over that is in hand; how it ended, why, and of whom it told something.

    Raises NoLine and _Failed.
    """
    try:
        if isinstance(written, Exception):
            raise written
        line.send(written, claim.message_id, until=until, sender=reach.bounce_address(claim.message_id))
    except (NoLine, _Failed):
        raise
    except Withheld as reason:
        return WITHHELD, str(reason), frozenset()
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        if code >= 500 and reach.does_not_work(code, words):
            in_hand.mark_address(claim)
        if code == HANGS_UP:
            line.close()
        raise _Failed(f"refused by the mail server ({code})", for_good=code >= 500) from None
    except smtplib.SMTPDataError as answer:
        line.close()  # it may have hung up, or wait for the rest of this letter still
        raise _Failed(f"mail server answered {answer.smtp_code}", for_good=answer.smtp_code >= 550) from None
    except smtplib.SMTPResponseException as answer:
        # It refused us, not the letter: our address, our password, our greeting. That can be mended.
        line.close()
        raise _Failed(f"mail server answered {answer.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as trouble:
        # Cut in the middle: perhaps accepted, perhaps not. It goes again under the same Message-ID.
        line.close()
        raise _Failed(f"conversation broke off ({type(trouble).__name__})") from None
    except Exception as trouble:  # one bad row must not stop the others
        log.exception("email.broken", email=claim.id, kind=type(trouble).__name__)
        line.close()
        raise _Failed(f"could not be written ({type(trouble).__name__})") from None
    return SENT, None, written.tells_of


def _compose(claim: Claim) -> Letter:
    if claim.is_deadly:
        raise _Failed("the postman died of it", for_good=True)
    if claim.recipient is None:
        raise Withheld("no such account")
    if not reach.is_on_the_list(claim.recipient.email):
        raise Withheld("test mode: not on the list")
    if claim.why_not is not None:
        raise Withheld(claim.why_not)
    if claim.about.message == "schedule_changed" and _is_told(claim):
        raise Withheld("told of it in another email")
    if claim.is_for_the_list:
        raise Withheld("in the weekly list")
    return MESSAGES[claim.about.message](claim.recipient, claim.about)


def _is_told(claim: Claim) -> bool:
    with reading(), db.sessionmaker() as session:
        return wanted.is_told(session, claim.about, claim.account_id)
