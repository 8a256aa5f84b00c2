"""The database refuses to change or delete a line of the record."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION the_record_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the record only grows' USING ERRCODE = 'restrict_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER the_record_only_grows BEFORE UPDATE OR DELETE ON record_entry "
            "FOR EACH ROW EXECUTE FUNCTION the_record_only_grows()"
        )
    else:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER the_record_only_grows_{event.lower()} BEFORE {event} ON record_entry "
                "BEGIN SELECT RAISE(ABORT, 'the record only grows'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER the_record_only_grows ON record_entry")
        op.execute("DROP FUNCTION the_record_only_grows()")
    else:
        for event in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER the_record_only_grows_{event.lower()}")
