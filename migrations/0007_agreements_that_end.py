"""What was agreed to be kept from somebody can end: since when, how, in what words, and who wrote it down."""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHO = "fk_restriction_request_ended_by_id_staff_member"


def upgrade() -> None:
    with op.batch_alter_table("restriction_request") as table:
        table.add_column(sa.Column("ended_at", Instant(), nullable=True))
        table.add_column(sa.Column("ended_how", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("ended_note", sa.String(length=300), nullable=True))
        table.add_column(sa.Column("ended_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f(WHO), "staff_member", ["ended_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("restriction_request") as table:
        table.drop_constraint(op.f(WHO), type_="foreignkey")
        for name in ("ended_by_id", "ended_note", "ended_how", "ended_at"):
            table.drop_column(name)
