"""Every text of a guide that was published, drafts, and whether a guide's words are the clinic's own."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("guide", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("guide", sa.Column("edited", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("guide", sa.Column("review_by", sa.Date(), nullable=True))
    op.create_table(
        "guide_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("front", sa.JSON(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("came_with_portal", sa.Boolean(), nullable=False),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_guide_version_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_version")),
        sa.UniqueConstraint("slug", "language", "number", name=op.f("uq_guide_version_slug_language_number")),
    )
    op.create_table(
        "guide_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("front", sa.JSON(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.String(10), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_guide_draft_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_draft")),
        sa.UniqueConstraint("slug", "language", name=op.f("uq_guide_draft_slug_language")),
    )
    _make_todays_guides_their_first_version()


def downgrade() -> None:
    op.drop_table("guide_draft")
    op.drop_table("guide_version")
    for name in ("review_by", "edited", "version"):
        op.drop_column("guide", name)


def _make_todays_guides_their_first_version() -> None:
    guide = sa.table(
        "guide", sa.column("id"), sa.column("slug"), sa.column("language"), sa.column("front", sa.JSON()),
        sa.column("markdown"), sa.column("updated_at", MOMENT), sa.column("review_by", sa.Date()),
    )  # fmt: skip
    version = sa.table(
        "guide_version", sa.column("slug"), sa.column("language"), sa.column("number"), sa.column("front", sa.JSON()),
        sa.column("markdown"), sa.column("at", MOMENT), sa.column("came_with_portal", sa.Boolean()),
        sa.column("declined", sa.Boolean()),
    )  # fmt: skip
    connection = op.get_bind()
    for row in connection.execute(sa.select(guide)).all():
        front = {name: value for name, value in row.front.items() if name != "headings"}
        connection.execute(
            sa.insert(version).values(
                slug=row.slug, language=row.language, number=1, front=front, markdown=row.markdown, at=row.updated_at,
                came_with_portal=True, declined=False,
            )
        )  # fmt: skip
        try:
            day = dt.date.fromisoformat(str(front.get("review_by")))
        except ValueError:
            continue  # it has none
        connection.execute(sa.update(guide).where(guide.c.id == row.id).values(review_by=day))
