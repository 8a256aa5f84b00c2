"""Sign-ins that are over, and answers that came after the time was up."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_sign_in",
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_ended_sign_in")),
    )
    op.create_index(op.f("ix_ended_sign_in_ended_at"), "ended_sign_in", ["ended_at"])
    op.create_table(
        "kept_answers",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=2000), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_kept_answers_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_kept_answers")),
    )
    op.create_index(op.f("ix_kept_answers_kept_at"), "kept_answers", ["kept_at"])


def downgrade() -> None:
    op.drop_table("kept_answers")
    op.drop_table("ended_sign_in")
