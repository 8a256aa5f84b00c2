"""Crisis numbers near the clinic, and the day on which it checked those that come with the portal."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "help_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.JSON(), nullable=False),
        sa.Column("how", sa.JSON(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_line")),
    )
    op.add_column("clinic", sa.Column("numbers_verified_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("clinic", "numbers_verified_on")
    op.drop_table("help_line")
