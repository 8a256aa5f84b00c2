"""The email that says once a week how much is new."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select

from portal import clock, words
from portal.consent.shared import SharedScheduleEntry, SharedScope, SharedUpdate
from portal.db import session
from portal.emails import weekly_lists
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, message
from portal.emails.messages.times import start
from portal.emails.weekly_lists import Span


@dataclass(frozen=True)
class Found:
    """How many things of one kind are new, and whose they are: for the record, never for the reader."""

    many: int
    patient_ids: frozenset[int]


NOTHING = Found(0, frozenset())


@message
def weekly_list(to: Recipient, about: About) -> Letter:
    """How much is new since the last list, of everybody together. In a few questions, however much it is."""
    with eyes_of(to):
        span = weekly_lists.span(about.about_id, to.account_id)
        if span is None:
            raise Withheld("no such account")
        updates = NOTHING if "update_posted" in span.off else _updates(span)
        changes = NOTHING if "schedule_changed" in span.off else _changes(span)
        if not updates.many + changes.many:
            raise Withheld("nothing new")
        coming, whose = _next(span) if to.wants_times else ("", frozenset())
        return write_letter(
            to,
            about,
            path="/home",
            tells_of=updates.patient_ids | changes.patient_ids | whose,
            updates=updates.many,
            changes=changes.many,
            coming=coming,
        )


def _updates(span: Span) -> Found:
    rows = session().execute(
        select(SharedUpdate.patient_id, func.count(SharedUpdate.id))
        .where(
            SharedUpdate.published_at > span.since,
            SharedUpdate.published_at <= span.until,
            SharedUpdate.patient_id.in_(_whom(span, "notice", "times")),
        )
        .group_by(SharedUpdate.patient_id)
    )
    found = [(patient_id, many) for patient_id, many in rows]
    return Found(sum(many for _, many in found), frozenset(patient_id for patient_id, _ in found))


def _changes(span: Span) -> Found:
    """Sessions to come that changed. One of a group in which two of the reader's people are is one."""
    changes = weekly_lists.changes(span)
    rows = session().execute(
        select(SharedScheduleEntry.id, SharedScheduleEntry.patient_id).where(
            SharedScheduleEntry.starts_at > clock.now(),
            SharedScheduleEntry.patient_id.in_(_whom(span, "notice", "times")),
            or_(
                SharedScheduleEntry.change_id.in_(changes),
                SharedScheduleEntry.place_change_id.in_(changes),
                SharedScheduleEntry.kind_change_id.in_(changes),
            ),
        )
    )
    found = [(entry_id, patient_id) for entry_id, patient_id in rows]
    return Found(len({entry_id for entry_id, _ in found}), frozenset(patient_id for _, patient_id in found))


def _next(span: Span) -> tuple[str, frozenset[int]]:
    """The next session in words, of those whose times an email may say."""
    row = (
        session()
        .execute(
            select(SharedScheduleEntry.starts_at, SharedScheduleEntry.patient_id)
            .where(
                SharedScheduleEntry.starts_at > clock.now(),
                SharedScheduleEntry.status != "cancelled",
                SharedScheduleEntry.kind != "closed",
                SharedScheduleEntry.patient_id.in_(_whom(span, "times")),
            )
            .order_by(SharedScheduleEntry.starts_at)
            .limit(1)
        )
        .first()
    )
    if row is None:
        return "", frozenset()
    return f"{start(row.starts_at)}, {words.zone_name()}", frozenset([row.patient_id])


def _whom(span: Span, *levels: str) -> Select[int]:
    """Whose news may come: those who agreed to emails that say so much, without those the reader turned off."""
    agreed = select(SharedScope.patient_id).where(SharedScope.email_level.in_(levels))
    return agreed.where(SharedScope.patient_id.not_in(span.without))
