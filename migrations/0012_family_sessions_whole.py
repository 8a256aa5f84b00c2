"""Family sessions: kinds, rooms, the three yeses, times kept for somebody, moves, and the waiting list."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEPT_UNTIL = "(status = 'proposed') = (held_until IS NOT NULL)"


def upgrade() -> None:
    _waiting_list()
    for table, columns in _new_columns().items():
        for column in columns:
            # SQLite can name a foreign key only inside the column; elsewhere these have their names.
            op.add_column(table, column, inline_references=_on_sqlite())
    if _on_sqlite():
        op.execute(
            "ALTER TABLE appointment ADD COLUMN held_until DATETIME"
            f" CONSTRAINT ck_appointment_kept_until CHECK ({KEPT_UNTIL})"
        )
    else:
        op.add_column("appointment", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        op.create_check_constraint(op.f("ck_appointment_kept_until"), "appointment", KEPT_UNTIL)
    # Who left before this was kept: what they knew is what there is.
    op.execute(
        "UPDATE appointment_participant SET"
        " left_starts_at = (SELECT starts_at FROM appointment WHERE appointment.id = appointment_id),"
        " left_ends_at = (SELECT ends_at FROM appointment WHERE appointment.id = appointment_id),"
        " left_sequence = (SELECT sequence FROM appointment WHERE appointment.id = appointment_id)"
        " WHERE left_at IS NOT NULL"
    )
    op.create_index("ix_appointment_status_held_until", "appointment", ["status", "held_until"])
    op.create_index("ix_appointment_held_for_id", "appointment", ["held_for_id"])


def downgrade() -> None:
    # A time that was only kept, and a yes that was still missing, have no word in the older schema.
    op.execute("DELETE FROM appointment WHERE status = 'proposed'")
    op.execute("UPDATE appointment SET status = 'confirmed' WHERE status = 'pending'")
    op.drop_index("ix_appointment_held_for_id", "appointment")
    op.drop_index("ix_appointment_status_held_until", "appointment")
    if not _on_sqlite():
        op.drop_constraint(op.f("ck_appointment_kept_until"), "appointment")
    op.drop_column("appointment", "held_until")
    for table, columns in _new_columns().items():
        for column in columns:
            op.drop_column(table, column.name)
    op.drop_table("waiting_list_entry")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _waiting_list() -> None:
    moment = sa.DateTime(timezone=True)
    keys = {"relative_id": "relative", "patient_id": "patient", "staff_id": "staff_member"}
    op.create_table(
        "waiting_list_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(10), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in keys),
        sa.Column("mode", sa.String(20), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("joined_at", moment, nullable=False),
        sa.Column("in_line_since", moment, nullable=False),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_because", sa.String(20), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_waiting_list_entry_{name}_{table}"))
            for name, table in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_list_entry")),
        sa.UniqueConstraint("ref", name=op.f("uq_waiting_list_entry_ref")),
    )
    op.create_index("ix_waiting_list_entry_line", "waiting_list_entry", ["staff_id", "ended_at", "in_line_since"])
    op.create_index("ix_waiting_list_entry_relative_id", "waiting_list_entry", ["relative_id"])


def _new_columns() -> dict[str, list[sa.Column]]:
    moment = sa.DateTime(timezone=True)
    comparable_json = sa.JSON().with_variant(JSONB(), "postgresql")

    def to(table: str, name: str) -> sa.ForeignKey:
        return sa.ForeignKey(f"{table}.id", name=op.f(f"fk_appointment_{name}_{table}"))

    def said(name: str) -> sa.Column:
        # Whatever was booked until now had every yes.
        return sa.Column(name, sa.String(12), server_default="accepted", nullable=False)

    return {
        "account": [sa.Column("wants_calendar_files", sa.Boolean(), server_default=sa.false(), nullable=False)],
        "related_person": [sa.Column("asks_before_sessions", sa.Boolean(), server_default=sa.false(), nullable=False)],
        "family_session_terms": [
            sa.Column("per_week", sa.Integer(), nullable=True),
            sa.Column("per_month", sa.Integer(), nullable=True),
            sa.Column("per_year", sa.Integer(), nullable=True),
            sa.Column("most_moves", sa.Integer(), server_default="3", nullable=True),
            sa.Column("kinds", comparable_json, server_default='["with patient"]', nullable=False),
            sa.Column("rooms", comparable_json, server_default="[]", nullable=False),
            sa.Column("online_link", sa.String(500), nullable=True),
            sa.Column("asks_first", sa.Boolean(), server_default=sa.false(), nullable=False),
        ],
        "appointment": [
            sa.Column("kind", sa.String(20), server_default="with patient", nullable=False),
            sa.Column("place", sa.String(120), server_default="", nullable=False),
            sa.Column("online_link", sa.String(500), nullable=True),
            said("patient_says"),
            said("staff_says"),
            sa.Column("answer_by", moment, nullable=True),
            sa.Column("was_at", moment, nullable=True),
            sa.Column("moves", sa.Integer(), server_default="0", nullable=False),
            sa.Column("booked_by_id", sa.Integer(), to("account", "booked_by_id"), nullable=True),
            sa.Column("overridden_because", sa.String(300), nullable=True),
            sa.Column("held_for_id", sa.Integer(), to("relative", "held_for_id"), nullable=True),
            sa.Column("waiting_id", sa.Integer(), to("waiting_list_entry", "waiting_id"), nullable=True),
            sa.Column("instead_of_id", sa.Integer(), to("appointment", "instead_of_id"), nullable=True),
        ],
        "appointment_participant": [
            said("says"),
            sa.Column("left_starts_at", moment, nullable=True),
            sa.Column("left_ends_at", moment, nullable=True),
            sa.Column("left_sequence", sa.Integer(), nullable=True),
        ],
    }
