"""What was in a form that was acted on, so that the same form with other answers in it can be told apart."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nobody knows any more what was in the forms of before: whatever comes with their tokens counts as the same.
    op.add_column("form_token", sa.Column("sent", sa.String(length=64), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    op.drop_column("form_token", "sent")
