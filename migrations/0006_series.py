"""Series of sessions, what became of each session of one, and closures of a single program."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TYPES = (
    "group", "individual", "case_management", "orientation", "class", "family", "relatives", "couples", "multi_family",
    "consult", "planning", "support", "alumni", "open_day",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("timetable_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("wall_time", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("by_day", sa.String(length=60), nullable=False),
        sa.Column("week_starts", sa.String(length=2), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("split_from", sa.String(length=255), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carried_to", sa.Date(), nullable=True),
        sa.CheckConstraint("minutes > 0 AND every > 0", name=op.f("ck_series_lengths")),
        sa.CheckConstraint("until IS NULL OR count IS NULL", name=op.f("ck_series_one_end")),
        sa.CheckConstraint("type IN ({})".format(", ".join(f"'{one}'" for one in TYPES)), name=op.f("ck_series_type")),
        sa.ForeignKeyConstraint(["leader_id"], ["staff_member.id"], name=op.f("fk_series_leader_id_staff_member")),
        sa.ForeignKeyConstraint(["timetable_id"], ["timetable.id"], name=op.f("fk_series_timetable_id_timetable")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("external_id", name=op.f("uq_series_external_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_series_ref")),
        sa.UniqueConstraint("uid", name=op.f("uq_series_uid")),
    )
    op.create_index(op.f("ix_series_timetable_id"), "series", ["timetable_id"])
    op.create_table(
        "schedule_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_schedule_change_made_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_change")),
    )
    # SQLite can name a constraint only when the table is made; elsewhere these two have their names.
    inline = op.get_bind().dialect.name == "sqlite"
    for column in _new_columns():
        op.add_column("schedule_entry", column, inline_references=inline)
    op.create_index(
        "uq_schedule_entry_series_id_recurrence_id", "schedule_entry", ["series_id", "recurrence_id"], unique=True
    )
    with op.batch_alter_table("closure") as batch:
        batch.add_column(sa.Column("program_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_closure_program_id_program"), "program", ["program_id"], ["id"])
        batch.drop_constraint("uq_closure_starts_on_ends_on", type_="unique")
        batch.create_unique_constraint(
            op.f("uq_closure_starts_on_ends_on_program_id"), ["starts_on", "ends_on", "program_id"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM closure WHERE program_id IS NOT NULL")
    with op.batch_alter_table("closure") as batch:
        batch.drop_constraint("uq_closure_starts_on_ends_on_program_id", type_="unique")
        batch.create_unique_constraint(op.f("uq_closure_starts_on_ends_on"), ["starts_on", "ends_on"])
        batch.drop_constraint("fk_closure_program_id_program", type_="foreignkey")
        batch.drop_column("program_id")
    op.drop_index("uq_schedule_entry_series_id_recurrence_id", table_name="schedule_entry")
    for column in _new_columns():
        op.drop_column("schedule_entry", column.name)
    op.drop_table("schedule_change")
    op.drop_table("series")


def _new_columns() -> list[sa.Column]:
    series = sa.ForeignKey("series.id", name=op.f("fk_schedule_entry_series_id_series"))
    change = sa.ForeignKey("schedule_change.id", name=op.f("fk_schedule_entry_change_id_schedule_change"))
    return [
        sa.Column("series_id", sa.Integer(), series, nullable=True),
        sa.Column("recurrence_id", sa.DateTime(), nullable=True),
        sa.Column("is_exception", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("mode", sa.String(length=20), nullable=False, server_default=sa.text("''")),
        sa.Column("sequence", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("cancelled_by", sa.String(length=10), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_because", sa.String(length=300), nullable=True),
        sa.Column("change_id", sa.Integer(), change, nullable=True),
    ]
