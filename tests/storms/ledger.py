"""What the database says of bookings, asked past the portal: the one place that knows its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

# Two sessions of one therapist at the same time, gaps included.
DOUBLE = """
SELECT a.id, b.id FROM appointment a JOIN appointment b
    ON a.staff_id = b.staff_id AND a.id < b.id AND a.starts_at < b.busy_until AND b.starts_at < a.busy_until
WHERE a.status = 'confirmed' AND b.status = 'confirmed'
"""

# Nora's sessions, by who booked them.
BOOKED = """
SELECT account.email, appointment.starts_at, appointment.status, appointment.note FROM appointment
    JOIN staff_member ON staff_member.id = appointment.staff_id AND staff_member.name = 'Nora Bell'
    JOIN appointment_participant ON appointment_participant.appointment_id = appointment.id
    JOIN relative ON relative.id = appointment_participant.relative_id
    JOIN account ON account.id = relative.account_id
ORDER BY appointment.id
"""

# What belongs to each of Nora's sessions, as often as it is there: who comes, the reminders that wait, and for each
# thing that is done to it the mail and the line of the record.
BELONGINGS = """
SELECT appointment.id, appointment.status, appointment.moves,
    (SELECT count(*) FROM appointment_participant p WHERE p.appointment_id = appointment.id),
    (SELECT count(*) FROM outgoing_email e
        WHERE e.message LIKE 'reminder_%' AND e.about_id = appointment.id AND e.outcome IS NULL),
    (SELECT count(*) FROM outgoing_email e WHERE e.message = 'booking_confirmed' AND e.about_id = appointment.id),
    (SELECT count(*) FROM record_entry r WHERE r.act = 'booked' AND r.thing_id = appointment.id),
    (SELECT count(*) FROM outgoing_email e WHERE e.message = 'booking_moved' AND e.about_id = appointment.id),
    (SELECT count(*) FROM record_entry r WHERE r.act = 'moved' AND r.thing_id = appointment.id),
    (SELECT count(*) FROM outgoing_email e WHERE e.message = 'booking_cancelled' AND e.about_id = appointment.id),
    (SELECT count(*) FROM record_entry r WHERE r.act = 'cancelled' AND r.thing_id = appointment.id)
FROM appointment JOIN staff_member ON staff_member.id = appointment.staff_id AND staff_member.name = 'Nora Bell'
"""


def whole(status: str, moves: int) -> tuple[int, ...]:
    """What belongs to a session of that status that was moved so often, as `BELONGINGS` counts it."""
    if status == "proposed":
        return (0,) * 8
    is_over = status == "cancelled"
    return (1, 0 if is_over else 2, 1, 1, moves, moves, int(is_over), int(is_over))


# Mail and lines of the record about sessions that are not there, and forms that were taken without an answer.
ORPHANS = {
    "mail": "SELECT id FROM outgoing_email WHERE message LIKE 'booking_%'"
    " AND about_id NOT IN (SELECT id FROM appointment)",
    "line of the record": "SELECT id FROM record_entry WHERE act IN ('booked', 'moved', 'cancelled')"
    " AND thing_id NOT IN (SELECT id FROM appointment)",
    "form": "SELECT token FROM form_token WHERE answer = ''",
}

# Where the promise stands that no two sessions overlap.
CONSTRAINTS = {
    "postgresql": "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'x'",
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'no_double_booking%'",
}
DROP = {"postgresql": "ALTER TABLE {} DROP CONSTRAINT {}", "sqlite": "DROP TRIGGER {1}"}


BACKENDS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Ledger:
    """A database, asked afresh each time, so that no connection of ours outlives a question."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool)
        self.kind = self._engine.dialect.name

    def is_open(self) -> bool:
        """Whether the database answers at all."""
        try:
            return bool(self._ask("SELECT 1"))
        except OperationalError:
            return False

    def backends(self) -> list[int]:
        """The processes of PostgreSQL that serve this database to others."""
        return [row[0] for row in self._ask(BACKENDS)]

    def double_bookings(self) -> Sequence[Any]:
        """Pairs of sessions that overlap."""
        return self._ask(DOUBLE)

    def booked(self, status: str = "confirmed") -> list[tuple[str, str]]:
        """Who has a session with Nora, and the note they wrote."""
        return [(email, note) for email, _, now, note in self._ask(BOOKED) if now == status]

    def moves(self) -> int:
        """How often sessions with Nora were moved."""
        return sum(moves for _, _, moves, *_ in self._ask(BELONGINGS))

    def torn(self) -> list[str]:
        """Sessions that are there in part, and what is left of sessions that are not; also a file that is broken."""
        wrong = [f"session {id_} ({status}) has {there}" for id_, status, moves, *there in self._ask(BELONGINGS)
                 if tuple(there) != whole(status, moves)]  # fmt: skip
        wrong += [f"{what} {row[0]} of nothing" for what, question in ORPHANS.items() for row in self._ask(question)]
        if self.kind == "sqlite":
            wrong += [row[0] for row in self._ask("PRAGMA integrity_check") if row[0] != "ok"]
            wrong += [f"{row[0]} {row[1]} points at no {row[2]}" for row in self._ask("PRAGMA foreign_key_check")]
        return wrong

    def drop_the_promise(self) -> None:
        """Take out whatever refuses sessions that overlap."""
        with self._engine.begin() as connection:
            found = connection.execute(text(CONSTRAINTS[self.kind])).all()
            assert found, "nothing in this database refuses a double booking"
            for table, name in found:
                connection.execute(text(DROP[self.kind].format(table, name)))

    def _ask(self, question: str) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(text(question)).all()
