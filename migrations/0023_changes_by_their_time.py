"""Changes of the schedule by their time: a weekly list asks for those of one week, for every reader again."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_schedule_change_made_at", "schedule_change", ["made_at"])


def downgrade() -> None:
    op.drop_index("ix_schedule_change_made_at", "schedule_change")
