"""Kind and place of sessions are boxes of their own; what changed about a session is told by who may hear of it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until now "session times" said both, in the words that were signed.
    op.execute(
        "INSERT INTO consent_scope (consent_id, scope, off_at)"
        " SELECT consent_id, 'kind', off_at FROM consent_scope WHERE scope = 'times'"
    )
    op.execute(
        "INSERT INTO consent_scope (consent_id, scope, off_at)"
        " SELECT consent_id, 'place', off_at FROM consent_scope WHERE scope = 'times'"
    )
    # SQLite can name a constraint only when the table is made; elsewhere these two have their names.
    inline = op.get_bind().dialect.name == "sqlite"
    for column in _new_columns():
        op.add_column("schedule_entry", column, inline_references=inline)
    # What was changed otherwise than in its start: nobody knows any more in what.
    op.execute("UPDATE schedule_entry SET changed_in = 1 WHERE status = 'changed' AND was_at IS NULL")


def downgrade() -> None:
    op.execute("DELETE FROM consent_scope WHERE scope IN ('kind', 'place')")
    for column in _new_columns():
        op.drop_column("schedule_entry", column.name)


def _new_columns() -> list[sa.Column]:
    place, kind = (
        sa.ForeignKey("schedule_change.id", name=op.f(f"fk_schedule_entry_{name}_schedule_change"))
        for name in ("place_change_id", "kind_change_id")
    )
    return [
        sa.Column("changed_in", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("untold", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("place_change_id", sa.Integer(), place, nullable=True),
        sa.Column("kind_change_id", sa.Integer(), kind, nullable=True),
    ]
