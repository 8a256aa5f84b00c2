"""Updates: their language, why one was withdrawn, how it read before, those that are planned, those being written."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("family_update", sa.Column("language", sa.String(5), server_default="en", nullable=False))
    op.add_column("family_update", sa.Column("withdrawn_because", sa.Text(), nullable=True))
    # Readers of what is there already were told when it was posted, or are told by where it came from.
    op.add_column("family_update", sa.Column("awaits_telling", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_family_update_awaits_telling", "family_update", ["awaits_telling", "published_at"])
    op.create_table(
        "family_update_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"],
            ["staff_member.id"],
            name=op.f("fk_family_update_version_replaced_by_id_staff_member"),
        ),
        sa.ForeignKeyConstraint(
            ["update_id"], ["family_update.id"], name=op.f("fk_family_update_version_update_id_family_update")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_update_version")),
    )
    op.create_index(op.f("ix_family_update_version_update_id"), "family_update_version", ["update_id"])
    op.create_table(
        "update_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(10), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff_member.id"], name=op.f("fk_update_draft_author_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_draft")),
        sa.UniqueConstraint("ref", name=op.f("uq_update_draft_ref")),
    )
    op.create_index(op.f("ix_update_draft_author_id"), "update_draft", ["author_id"])


def downgrade() -> None:
    op.drop_table("update_draft")
    op.drop_table("family_update_version")
    op.drop_index("ix_family_update_awaits_telling", table_name="family_update")
    op.drop_column("family_update", "awaits_telling")
    op.drop_column("family_update", "withdrawn_because")
    op.drop_column("family_update", "language")
