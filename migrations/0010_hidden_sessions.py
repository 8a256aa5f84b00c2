"""Sessions that a patient keeps from one of their people, or from everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hidden_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("related_person_id", sa.Integer(), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_hidden_session_patient_id_patient"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["schedule_entry.id"], name="fk_hidden_session_entry_id_schedule_entry", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["related_person_id"], ["related_person.id"], name="fk_hidden_session_related_person_id_related_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_hidden_session"),
        sa.UniqueConstraint(
            "entry_id", "patient_id", "related_person_id",
            name="uq_hidden_session_entry_id_patient_id_related_person_id",
        ),
    )  # fmt: skip
    op.create_index("ix_hidden_session_patient_id", "hidden_session", ["patient_id"])


def downgrade() -> None:
    op.drop_table("hidden_session")
