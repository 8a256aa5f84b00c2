"""What another calendar said last of a series that comes from it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("series", sa.Column("source_sequence", sa.Integer(), nullable=True))
    op.add_column("series", sa.Column("source_digest", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("series", "source_digest")
    op.drop_column("series", "source_sequence")
