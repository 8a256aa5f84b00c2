"""The email that says once a week how much is new."""

from __future__ import annotations

from sqlalchemy import Select, func, literal, or_, select, union_all

from portal import words
from portal.consent.questions import Question
from portal.consent.shared import SharedScheduleEntry, SharedScope, SharedUpdate
from portal.consent.viewer import NOW
from portal.emails.letters import About, Letter, Recipient, write_letter
from portal.emails.messages.message import Withheld, eyes_of, message
from portal.emails.messages.times import start
from portal.emails.weekly_lists import CHANGES, TURNED_OFF, is_in_the_span, is_off

# What was agreed about email by those the reader did not turn off.
AGREED = select(SharedScope.patient_id, SharedScope.email_level).where(SharedScope.patient_id.not_in(TURNED_OFF)).cte()


def _whom(*levels: str) -> Select[int]:
    """Whose news may come: those who agreed to emails that say so much."""
    return select(AGREED.c.patient_id).where(AGREED.c.email_level.in_(levels))


# Each part says what it is, whose, how many or which, and when.
UPDATES = (
    select(
        literal("update_posted"),
        SharedUpdate.patient_id,
        func.count(SharedUpdate.id),
        func.min(SharedUpdate.published_at),
    )
    .where(
        is_in_the_span(SharedUpdate.published_at),
        ~is_off("update_posted"),
        SharedUpdate.patient_id.in_(_whom("notice", "times")),
    )
    .group_by(SharedUpdate.patient_id)
)
TIMES_CHANGED = select(
    literal("schedule_changed"),
    SharedScheduleEntry.patient_id,
    SharedScheduleEntry.id,
    SharedScheduleEntry.starts_at,
).where(
    SharedScheduleEntry.starts_at > NOW,
    ~is_off("schedule_changed"),
    SharedScheduleEntry.patient_id.in_(_whom("notice", "times")),
    or_(
        SharedScheduleEntry.change_id.in_(CHANGES),
        SharedScheduleEntry.place_change_id.in_(CHANGES),
        SharedScheduleEntry.kind_change_id.in_(CHANGES),
    ),
)
# The next session of those whose times an email may say.
NEXT = (
    select(
        literal("next").label("what"),
        SharedScheduleEntry.patient_id,
        SharedScheduleEntry.id,
        SharedScheduleEntry.starts_at,
    )
    .where(
        SharedScheduleEntry.starts_at > NOW,
        SharedScheduleEntry.status != "cancelled",
        SharedScheduleEntry.kind != "closed",
        SharedScheduleEntry.patient_id.in_(_whom("times")),
    )
    .order_by(SharedScheduleEntry.starts_at)
    .limit(1)
    .subquery()
)
NEWS = Question(union_all(UPDATES, TIMES_CHANGED))
NEWS_AND_NEXT = Question(union_all(UPDATES, TIMES_CHANGED, select(NEXT)))


@message
def weekly_list(to: Recipient, about: About) -> Letter:
    """How much is new since the last list, of everybody together. In one question, however much it is."""
    with eyes_of(to):
        question = NEWS_AND_NEXT if to.wants_times else NEWS
        rows = question.ask(the_account=to.account_id, the_list=about.about_id)
        updates = sum(many for what, _, many, _ in rows if what == "update_posted")
        # One session of a group in which two of the reader's people are is one.
        changes = len({entry_id for what, _, entry_id, _ in rows if what == "schedule_changed"})
        if not updates + changes:
            raise Withheld("nothing new")
        coming = [f"{start(at)}, {words.zone_name()}" for what, _, _, at in rows if what == "next"]
        return write_letter(
            to,
            about,
            path="/home",
            # For the record, never for the reader.
            tells_of=frozenset(patient_id for _, patient_id, *_ in rows),
            updates=updates,
            changes=changes,
            coming=coming[0] if coming else "",
        )
