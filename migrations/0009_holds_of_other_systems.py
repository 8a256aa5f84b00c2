"""A hold that another system of the clinic asked for was placed by nobody here."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("hold") as table:
        table.alter_column("placed_by_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    # Whom to name instead, nobody knows; an earlier portal names somebody who may place holds.
    op.execute(
        "UPDATE hold SET placed_by_id = coalesce(released_by_id, (SELECT min(id) FROM staff_member)) "
        "WHERE placed_by_id IS NULL"
    )
    with op.batch_alter_table("hold") as table:
        table.alter_column("placed_by_id", existing_type=sa.Integer(), nullable=False)
