"""What the search of the library reads, and the full-text index of each database over it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guide_text",
        sa.Column("guide_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("best_for", sa.Text(), nullable=False),
        sa.Column("good_for", sa.Text(), nullable=False),
        sa.Column("made_from", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_guide_text_guide_id_guide")),
        sa.PrimaryKeyConstraint("guide_id", name=op.f("pk_guide_text")),
    )
    op.create_table(
        "guide_stem",
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("stem", sa.String(40), nullable=False),
        sa.Column("guides", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("language", "stem", name=op.f("pk_guide_stem")),
    )
    op.create_table(
        "guide_spelling",
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("sound", sa.String(40), nullable=False),
        sa.Column("word", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("language", "sound", "word", name=op.f("pk_guide_spelling")),
    )
    _index_of_postgresql() if _is_postgresql() else _index_of_sqlite()


def downgrade() -> None:
    if not _is_postgresql():
        for event in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER guide_text_{event}")
        op.execute("DROP TABLE guide_index")
    op.drop_table("guide_spelling")
    op.drop_table("guide_stem")
    op.drop_table("guide_text")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _index_of_postgresql() -> None:
    # What comes in are stems already: `simple` only counts them.
    weighed = " || ".join(
        f"setweight(to_tsvector('simple'::regconfig, {field}), '{weight}')"
        for field, weight in (("best_for", "A"), ("good_for", "D"))
    )
    op.execute(f"ALTER TABLE guide_text ADD COLUMN guide_index tsvector GENERATED ALWAYS AS ({weighed}) STORED")
    op.execute("CREATE INDEX guide_index ON guide_text USING gin (guide_index)")


def _index_of_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE guide_index USING fts5(best_for, good_for, content='guide_text', content_rowid='guide_id')"
    )
    fields, old, new = (", ".join(f"{of}{name}" for name in ("best_for", "good_for")) for of in ("", "old.", "new."))
    # The index holds no text: it has to be told what stood there to forget it.
    forget = f"INSERT INTO guide_index (guide_index, rowid, {fields}) VALUES ('delete', old.guide_id, {old});"  # noqa: S608
    learn = f"INSERT INTO guide_index (rowid, {fields}) VALUES (new.guide_id, {new});"  # noqa: S608
    for event, act in (("insert", learn), ("delete", forget), ("update", f"{forget} {learn}")):
        op.execute(f"CREATE TRIGGER guide_text_{event} AFTER {event.upper()} ON guide_text BEGIN {act} END")
