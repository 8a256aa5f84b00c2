"""Addresses that change: one that waits for its mailbox, those an account has left, and two words to know mail by."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("mail_word", sa.String(41), nullable=True))
    op.create_table(
        "new_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(10), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_new_address_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_new_address")),
        sa.UniqueConstraint("account_id", name=op.f("uq_new_address_account_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_new_address_ref")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_new_address_token_hash")),
    )
    op.create_table(
        "left_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_left_address_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_left_address")),
        sa.UniqueConstraint("digest", name=op.f("uq_left_address_digest")),
    )
    op.create_index("ix_left_address_account_id", "left_address", ["account_id"])


def downgrade() -> None:
    op.drop_table("left_address")
    op.drop_table("new_address")
    op.drop_column("account", "mail_word")
