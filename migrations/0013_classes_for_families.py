"""Classes for families, and the places in them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "family_class",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(10), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("online_link", sa.String(500), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("wall_time", sa.Time(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("skips", sa.JSON(), nullable=False),
        sa.Column("cancelled", sa.JSON(), nullable=False),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_family_class_capacity")),
        sa.CheckConstraint("sessions >= 1", name=op.f("ck_family_class_sessions")),
        sa.CheckConstraint("minutes >= 1", name=op.f("ck_family_class_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_class")),
        sa.UniqueConstraint("ref", name=op.f("uq_family_class_ref")),
    )
    op.create_table(
        "family_class_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seat >= 1", name=op.f("ck_family_class_place_seat")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["family_class.id"], name=op.f("fk_family_class_place_class_id_family_class")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_family_class_place_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_class_place")),
        sa.UniqueConstraint("class_id", "seat", name=op.f("uq_family_class_place_class_id_seat")),
        sa.UniqueConstraint("class_id", "account_id", name=op.f("uq_family_class_place_class_id_account_id")),
    )
    op.create_index("ix_family_class_place_account_id", "family_class_place", ["account_id"])


def downgrade() -> None:
    op.drop_table("family_class_place")
    op.drop_table("family_class")
