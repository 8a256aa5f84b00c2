"""Turned off email as a record with proof, quiet hours, weekly lists, and news of what somebody did themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Four emails are one kind now: who turned one of them off gets none of them, rather than one they had refused.
BOOKINGS = ("booking_confirmed", "booking_asked", "booking_moved", "booking_cancelled")

STOPS = sa.table(
    "email_stop",
    sa.column("account_id", sa.Integer),
    sa.column("message", sa.String),
    sa.column("stopped_at", sa.DateTime(timezone=True)),
    sa.column("how", sa.String),
)
BEFORE = sa.table("email_stop", sa.column("account_id"), sa.column("message"), sa.column("stopped_at", sa.DateTime))


def upgrade() -> None:
    kept = _kept()
    op.drop_table("email_stop")
    op.create_table(
        "email_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(length=40), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_email_stop_account_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_email_stop_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_stop")),
    )
    op.create_index(op.f("ix_email_stop_account_id"), "email_stop", ["account_id"])
    _unique("uq_email_stop_live_for_all", ["account_id", "message"], "undone_at IS NULL AND patient_id IS NULL")
    _unique("uq_email_stop_live_for_one", ["account_id", "message", "patient_id"], "undone_at IS NULL")
    if kept:
        op.bulk_insert(STOPS, [{**row, "how": "link"} for row in kept])
    op.create_table(
        "weekly_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_weekly_list_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_list")),
        sa.UniqueConstraint("account_id", "on_day", name=op.f("uq_weekly_list_account_id_on_day")),
    )
    op.add_column("account", sa.Column("quiet_from", sa.Time(), server_default="21:00:00", nullable=True))
    op.add_column("account", sa.Column("quiet_until", sa.Time(), server_default="07:00:00", nullable=True))
    op.add_column("account", sa.Column("weekly_day", sa.Integer(), nullable=True))
    op.add_column("account", sa.Column("weekly_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outgoing_email", sa.Column("is_own_act", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("outgoing_email", "is_own_act")
    for name in ("weekly_since", "weekly_day", "quiet_until", "quiet_from"):
        op.drop_column("account", name)
    op.drop_table("weekly_list")
    live = sa.text(
        "SELECT account_id, message, min(stopped_at) AS stopped_at FROM email_stop"
        " WHERE undone_at IS NULL AND patient_id IS NULL GROUP BY account_id, message"
    ).columns(stopped_at=sa.DateTime(timezone=True))
    kept = [dict(row._mapping) for row in op.get_bind().execute(live)]
    op.drop_table("email_stop")
    op.create_table(
        "email_stop",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=40), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_email_stop_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "message", name=op.f("pk_email_stop")),
    )
    if kept:
        op.bulk_insert(BEFORE, [
            {**row, "message": one}
            for row in kept
            for one in (BOOKINGS if row["message"] == "booking" else (row["message"],))
        ])  # fmt: skip


def _kept() -> list[dict[str, object]]:
    """What was turned off before, each kind once, since when it first was."""
    found: dict[tuple[int, str], dict[str, object]] = {}
    for row in op.get_bind().execute(sa.select(BEFORE).order_by(BEFORE.c.stopped_at)):
        kind = "booking" if row.message in BOOKINGS else row.message
        found.setdefault(
            (row.account_id, kind), {"account_id": row.account_id, "message": kind, "stopped_at": row.stopped_at}
        )
    return list(found.values())


def _unique(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, "email_stop", columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
