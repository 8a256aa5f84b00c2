"""What comes back: reads the box of bounce+…@ and marks the emails that could not be delivered (RFC 3464).

Nothing of what a mail server wrote is kept but its status, three numbers. A mail that is none of ours, or that cannot
be read, is laid aside in the box and stops no other.
"""

from __future__ import annotations

import mailbox
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import clock
from portal.db import db, writing
from portal.emails import reach, recipients
from portal.emails.outbox import FAILED, SENT
from portal.models import Account, LeftAddress, OutgoingEmail

log = structlog.get_logger()

# Where a mail server writes down to whom a mail was delivered, the surest first.
DELIVERED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
# Larger mail is nobody's report of a failure.
MOST_BYTES = 1024 * 1024
PERMANENT = re.compile(r"5\.\d{1,3}\.\d{1,3}")

# What is done with a mail to PREFIX+TOKEN@our host; whether it was one of ours.
Read = Callable[[str, Message], bool]


def came_back(token: str, mail: Message) -> bool:
    """Mark the email that a report of a failure is about. Mail that is only late is left to its server."""
    message_id = reach.read_bounce_token(token)
    if message_id is None or mail.get_content_type() != "multipart/report":
        return False
    reports = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    for status in (status for report in reports for status in _failures(report)):
        with writing(), db.sessionmaker.begin() as session:
            _mark(session, message_id, status)
    return bool(reports)


READERS: dict[str, Read] = {"bounce": came_back}


def now_and_then() -> Counter[str]:
    """Read what is in the box; counts what was `read` and what was laid `aside`."""
    counts: Counter[str] = Counter()
    path = current_app.config["SETTINGS"].bounces
    if not path:
        return counts
    with _opened(Path(path)) as (box, aside):
        for key in list(box.keys()):
            with suppress(KeyError, FileNotFoundError):  # another postman was faster
                is_ours = _read(box, key)
                if not is_ours:
                    aside.add(box.get_bytes(key))
                    aside.flush()
                box.remove(key)
                counts["read" if is_ours else "aside"] += 1
    return counts


def _read(box: mailbox.Mailbox[Any], key: str) -> bool:
    if len(box.get_bytes(key)) > MOST_BYTES:
        return False
    try:
        mail = box[key]
        return any(READERS[prefix](token, mail) for prefix, token in _addressed(mail) if prefix in READERS)
    except (SQLAlchemyError, KeyError, FileNotFoundError):
        raise
    except Exception as trouble:  # whatever somebody sent us, the next one is read
        log.warning("bounces.unreadable", kind=type(trouble).__name__)
        return False


def _addressed(mail: Message) -> Iterator[tuple[str, str]]:
    """The PREFIX and the TOKEN of each of our own addresses that this mail went to."""
    host = current_app.config["SETTINGS"].host.lower()
    for header in DELIVERED_TO:
        for _, address in getaddresses([str(value) for value in mail.get_all(header, [])]):
            local, _, domain = address.rpartition("@")
            prefix, plus, token = local.partition("+")
            if plus and domain.lower() == host:
                yield prefix.lower(), token


def _failures(report: Message) -> Iterator[str]:
    """The statuses of those recipients of one report whom the mail never reaches."""
    blocks: Any = report.get_payload()
    for block in blocks if isinstance(blocks, list) else ():
        status = PERMANENT.search(str(block.get("Status", "")))
        if str(block.get("Action", "")).strip().lower() == "failed" and status:
            yield status.group()


def _mark(session: Session, message_id: str, status: str) -> None:
    it = OutgoingEmail.message_id == message_id
    back = {"outcome": FAILED, "reason": f"came back ({status})"}
    session.execute(update(OutgoingEmail).where(it, OutgoingEmail.outcome == SENT).values(back))
    email = session.scalar(select(OutgoingEmail).where(it))
    if email is None or email.account_id is None or not reach.is_bad(status):
        return
    account = session.scalars(select(Account).where(Account.id == email.account_id)).one()
    if account.email_failed_at is None and _went_to_the_address_of_today(session, email, account):
        account.email_failed_at = clock.now()


def _went_to_the_address_of_today(session: Session, email: OutgoingEmail, account: Account) -> bool:
    """Not to one that its holder has left since, nor to one that they only asked for."""
    to = recipients.of(session, email)
    if to is None or to.email != account.email or email.handed_at is None:
        return False
    left_since = (LeftAddress.account_id == account.id, LeftAddress.left_at >= email.handed_at)
    has_left = session.scalar(select(LeftAddress.id).where(*left_since).limit(1)) is not None
    return not has_left and reach.domain_mark(account.email) == email.to_domain


@contextmanager
def _opened(path: Path) -> Iterator[tuple[mailbox.Mailbox[Any], mailbox.Mailbox[Any]]]:
    """The box, and the one beside it for what is none of ours."""
    if path.is_dir():
        folders = mailbox.Maildir(path, create=True)
        yield folders, folders.add_folder("aside")
        return
    box = mailbox.mbox(path)
    aside = mailbox.mbox(f"{path}.aside")
    try:
        box.lock()
        yield box, aside
    finally:
        box.close()  # writes what is left, and unlocks
        aside.close()
