"""Which email is in hand at this moment, how many left to one domain lately, and addresses that do not work."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("outgoing_email", sa.Column("handing_until", MOMENT, nullable=True))
    op.add_column("outgoing_email", sa.Column("handed_at", MOMENT, nullable=True))
    op.add_column("outgoing_email", sa.Column("to_domain", sa.String(16), nullable=True))
    # What an older postman holds may be in hand.
    op.execute("UPDATE outgoing_email SET handing_until = lease_until WHERE ended_at IS NULL")
    op.create_index("ix_outgoing_email_pace", "outgoing_email", ["to_domain", "handed_at"])
    op.add_column("account", sa.Column("email_failed_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("account", "email_failed_at")
    op.drop_index("ix_outgoing_email_pace", table_name="outgoing_email")
    for name in ("to_domain", "handed_at", "handing_until"):
        op.drop_column("outgoing_email", name)
