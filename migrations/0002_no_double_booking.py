"""The database refuses two live sessions of one therapist that overlap, gaps included."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# btree_gist, which would let "=" stand in the constraint, is an extension that not every server has;
# a range of one number overlaps exactly itself.
POSTGRESQL = """
ALTER TABLE appointment ADD CONSTRAINT no_double_booking EXCLUDE USING gist (
    int4range(staff_id, staff_id, '[]') WITH &&,
    tstzrange(starts_at, busy_until) WITH &&
) WHERE (status <> 'cancelled')
"""

SQLITE = """
CREATE TRIGGER no_double_booking_{when} BEFORE {event} ON appointment
WHEN NEW.status <> 'cancelled' AND EXISTS (
    SELECT 1 FROM appointment
    WHERE staff_id = NEW.staff_id AND status <> 'cancelled' AND id IS NOT NEW.id
      AND starts_at < NEW.busy_until AND busy_until > NEW.starts_at
)
BEGIN
    SELECT RAISE(ABORT, 'no_double_booking');
END
"""
EVENTS = {"insert": "INSERT", "update": "UPDATE OF staff_id, starts_at, busy_until, status"}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
    else:
        for when, event in EVENTS.items():
            op.execute(SQLITE.format(when=when, event=event))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE appointment DROP CONSTRAINT no_double_booking")
    else:
        for when in EVENTS:
            op.execute(f"DROP TRIGGER no_double_booking_{when}")
