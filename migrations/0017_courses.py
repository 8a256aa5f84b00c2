"""The family course, how far each reader is, what they wrote for themselves, and who told the care team."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "course",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_course")),
    )
    op.create_table(
        "course_finish",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(80), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_course_finish_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "course", name=op.f("pk_course_finish")),
    )
    op.create_table(
        "guide_answer",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("question", sa.String(300), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_guide_answer_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "slug", "question", name=op.f("pk_guide_answer")),
    )
    op.rename_table("guide_read", "guide_progress")
    with op.batch_alter_table("guide_progress") as table:
        # What was read before there were versions was the first one, in a language nobody wrote down.
        table.add_column(sa.Column("language", sa.String(5), server_default=sa.text("''"), nullable=False))
        table.add_column(sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
        table.add_column(sa.Column("place", sa.String(200), server_default=sa.text("''"), nullable=False))
        table.add_column(sa.Column("kept_at", MOMENT, nullable=True))
        table.alter_column("read_at", existing_type=MOMENT, nullable=True)
    op.execute("UPDATE guide_progress SET kept_at = read_at")
    with op.batch_alter_table("guide_progress") as table:
        table.alter_column("kept_at", existing_type=MOMENT, nullable=False)


def downgrade() -> None:
    op.execute("DELETE FROM guide_progress WHERE read_at IS NULL")
    with op.batch_alter_table("guide_progress") as table:
        for name in ("kept_at", "place", "version", "language"):
            table.drop_column(name)
        table.alter_column("read_at", existing_type=MOMENT, nullable=False)
    op.rename_table("guide_progress", "guide_read")
    op.drop_table("guide_answer")
    op.drop_table("course_finish")
    op.drop_table("course")
