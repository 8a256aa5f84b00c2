"""Tell relatives that the schedule changed: one act is one change, and one email to each who may know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from portal import clock
from portal.db import session
from portal.emails import outbox
from portal.models import EmailLevel, ScheduleChange, ScheduleEntry
from portal.models.schedule import EVERY_FACET, Facet
from portal.services import schedule_audience
from portal.services.schedule_audience import MESSAGE, Effect

# Where a session of the database keeps what is told of together.
WAITING = "schedule_changes"


@contextmanager
def as_one_change() -> Iterator[None]:
    """Whatever changes the schedule inside, by nobody of the portal, is one change: one email to each reader."""
    session().info[WAITING] = {}
    try:
        yield
    except BaseException:
        del session().info[WAITING]
        raise
    tell(list(session().info.pop(WAITING)), account_id=None)


def tell(changed: Sequence[ScheduleEntry], *, account_id: int | None) -> Effect:
    """Queue the emails about one change, in the transaction that makes it; returns what it comes to.

    A session that changes again before its email leaves is told of in the later email only. Someone close to two
    patients has one row for each, so that a stop finds it; the postman sends the first that may go.
    """
    if not changed:
        return schedule_audience.NOTHING
    if WAITING in session().info:
        session().info[WAITING].update(dict.fromkeys(changed))
        return schedule_audience.NOTHING
    change = ScheduleChange(made_at=clock.now(), made_by_id=account_id)
    session().add(change)
    session().flush()
    told = {entry: _on_record(entry, change.id) for entry in changed}
    session().flush()
    effect = schedule_audience.of_changed(told)
    for reader in effect.readers:
        if reader.email != EmailLevel.NONE:
            outbox.queue(MESSAGE, to=reader.account_id, patient_id=reader.patient_id, about_id=change.id)
    return effect


def _on_record(entry: ScheduleEntry, change_id: int) -> Facet:
    """Note that this change is the last of what it changed about a session; returns that. All of a new one is news."""
    facets = Facet(entry.untold) or EVERY_FACET
    entry.untold = 0
    if Facet.TIMES in facets:
        entry.change_id = change_id
    if Facet.PLACE in facets:
        entry.place_change_id = change_id
    if Facet.KIND in facets:
        entry.kind_change_id = change_id
    return facets
