"""Everything the first house remembers: people, consents, the schedule, bookings, updates, mail, the record."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("default",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("theme", sa.String(length=5), nullable=False),
        sa.Column("shares_mailbox", sa.Boolean(), nullable=False),
        sa.Column("wants_email", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
        sa.UniqueConstraint("ref", name=op.f("uq_account_ref")),
    )
    op.create_table(
        "clinic",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public_name", sa.String(length=120), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("minor_rule", sa.String(length=20), nullable=False),
        sa.Column("majority", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clinic_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_closure_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("ref", name=op.f("uq_closure_ref")),
        sa.UniqueConstraint("starts_on", "ends_on", name=op.f("uq_closure_starts_on_ends_on")),
    )
    op.create_index(op.f("ix_closure_starts_on"), "closure", ["starts_on"], unique=False)
    op.create_table(
        "guide",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("short_title", sa.String(length=60), nullable=False),
        sa.Column("topic", sa.String(length=30), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("front", sa.JSON(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide")),
        sa.UniqueConstraint("slug", "language", name=op.f("uq_guide_slug_language")),
    )
    op.create_index("ix_guide_language_position", "guide", ["language", "position"], unique=False)
    op.create_table(
        "program",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("name", name=op.f("uq_program_name")),
    )
    op.create_table(
        "email_stop",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=40), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_email_stop_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "message", name=op.f("pk_email_stop")),
    )
    op.create_table(
        "form_token",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_form_token_account_id_account")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_form_token")),
    )
    op.create_index("ix_form_token_account_id_used_at", "form_token", ["account_id", "used_at"], unique=False)
    op.create_table(
        "guide_read",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_guide_read_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "slug", name=op.f("pk_guide_read")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("adult_on", sa.Date(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("planned_end_on", sa.Date(), nullable=True),
        sa.Column("shows_weeks", sa.Boolean(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_of_pause_on", sa.Date(), nullable=True),
        sa.Column("on_hold_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_patient_account_id_account")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_patient_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("account_id", name=op.f("uq_patient_account_id")),
        sa.UniqueConstraint("external_id", name=op.f("uq_patient_external_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_patient_ref")),
    )
    op.create_table(
        "relative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_relative_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relative")),
        sa.UniqueConstraint("account_id", name=op.f("uq_relative_account_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_relative_ref")),
    )
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=240), nullable=False),
        sa.Column("staff_roles", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_staff_member_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("account_id", name=op.f("uq_staff_member_account_id")),
        sa.UniqueConstraint("external_id", name=op.f("uq_staff_member_external_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_staff_member_ref")),
    )
    op.create_table(
        "timetable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_timetable_program_id_program")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable")),
        sa.UniqueConstraint("external_id", name=op.f("uq_timetable_external_id")),
    )
    op.create_index(op.f("ix_timetable_program_id"), "timetable", ["program_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled_by", sa.String(length=10), nullable=True),
        sa.Column("cancelled_because", sa.String(length=300), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("busy_until >= ends_at", name=op.f("ck_appointment_gap_after")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointment_in_order")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_appointment_patient_id_patient")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_appointment_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("external_id", name=op.f("uq_appointment_external_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_appointment_ref")),
    )
    op.create_index("ix_appointment_patient_id_starts_at", "appointment", ["patient_id", "starts_at"], unique=False)
    op.create_index("ix_appointment_staff_id_starts_at", "appointment", ["staff_id", "starts_at"], unique=False)
    op.create_table(
        "care_team_member",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_care_team_member_patient_id_patient")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_care_team_member_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("patient_id", "staff_id", name=op.f("pk_care_team_member")),
    )
    op.create_index(op.f("ix_care_team_member_staff_id"), "care_team_member", ["staff_id"], unique=False)
    op.create_table(
        "family_session_terms",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("gap_minutes", sa.Integer(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=True),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("cancel_hours", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("per_family_open", sa.Integer(), nullable=True),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_family_session_terms_staff_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_family_session_terms")),
    )
    op.create_table(
        "family_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("scope", sa.String(length=10), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["staff_member.id"], name=op.f("fk_family_update_author_id_staff_member")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_family_update_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_update")),
        sa.UniqueConstraint("external_id", name=op.f("uq_family_update_external_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_family_update_ref")),
    )
    op.create_index("ix_family_update_gate", "family_update", ["patient_id", "scope", "published_at"], unique=False)
    op.create_table(
        "outgoing_email",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=36), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_outgoing_email_account_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_outgoing_email_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_email")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_email_message_id")),
    )
    op.create_index(op.f("ix_outgoing_email_account_id"), "outgoing_email", ["account_id"], unique=False)
    op.create_index("ix_outgoing_email_due", "outgoing_email", ["ended_at", "due_at"], unique=False)
    op.create_index("ix_outgoing_email_pair", "outgoing_email", ["patient_id", "account_id", "ended_at"], unique=False)
    op.create_table(
        "related_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("relative_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=240), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("relationship_code", sa.String(length=20), nullable=True),
        sa.Column("relation", sa.String(length=120), nullable=False),
        sa.Column("known_as", sa.String(length=120), nullable=False),
        sa.Column("colour", sa.String(length=10), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("may_not_ask_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("met_by_id", sa.Integer(), nullable=True),
        sa.Column("on_hold_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["met_by_id"], ["staff_member.id"], name=op.f("fk_related_person_met_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_related_person_patient_id_patient")),
        sa.ForeignKeyConstraint(["relative_id"], ["relative.id"], name=op.f("fk_related_person_relative_id_relative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_related_person")),
        sa.UniqueConstraint("external_id", name=op.f("uq_related_person_external_id")),
        sa.UniqueConstraint("patient_id", "relative_id", name=op.f("uq_related_person_patient_id_relative_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_related_person_ref")),
    )
    op.create_index(op.f("ix_related_person_patient_id"), "related_person", ["patient_id"], unique=False)
    op.create_index(op.f("ix_related_person_relative_id"), "related_person", ["relative_id"], unique=False)
    op.create_table(
        "restriction_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_agreed", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_member.id"], name=op.f("fk_restriction_request_decided_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_restriction_request_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction_request")),
        sa.UniqueConstraint("ref", name=op.f("uq_restriction_request_ref")),
    )
    op.create_index(op.f("ix_restriction_request_patient_id"), "restriction_request", ["patient_id"], unique=False)
    op.create_table(
        "schedule_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("timetable_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("was_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_schedule_entry_in_order")),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["staff_member.id"], name=op.f("fk_schedule_entry_leader_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["timetable_id"], ["timetable.id"], name=op.f("fk_schedule_entry_timetable_id_timetable")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_entry")),
        sa.UniqueConstraint("external_id", name=op.f("uq_schedule_entry_external_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_schedule_entry_ref")),
    )
    op.create_index(
        "ix_schedule_entry_timetable_id_starts_at", "schedule_entry", ["timetable_id", "starts_at"], unique=False
    )
    op.create_table(
        "sharing_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wants_to_talk_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_sharing_draft_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_draft")),
        sa.UniqueConstraint("ref", name=op.f("uq_sharing_draft_ref")),
    )
    op.create_index(op.f("ix_sharing_draft_patient_id"), "sharing_draft", ["patient_id"], unique=False)
    op.create_table(
        "timetable_member",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("timetable_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_timetable_member_patient_id_patient")),
        sa.ForeignKeyConstraint(
            ["timetable_id"], ["timetable.id"], name=op.f("fk_timetable_member_timetable_id_timetable")
        ),
        sa.PrimaryKeyConstraint("patient_id", "timetable_id", name=op.f("pk_timetable_member")),
    )
    op.create_index(op.f("ix_timetable_member_timetable_id"), "timetable_member", ["timetable_id"], unique=False)
    op.create_table(
        "appointment_participant",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("relative_id", sa.Integer(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_appointment_participant_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(
            ["relative_id"], ["relative.id"], name=op.f("fk_appointment_participant_relative_id_relative")
        ),
        sa.PrimaryKeyConstraint("appointment_id", "relative_id", name=op.f("pk_appointment_participant")),
    )
    op.create_index(
        op.f("ix_appointment_participant_relative_id"), "appointment_participant", ["relative_id"], unique=False
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("related_person_id", sa.Integer(), nullable=False),
        sa.Column("discloser", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("how_to_stop", sa.Text(), nullable=False),
        sa.Column("signer_name", sa.String(length=240), nullable=False),
        sa.Column("representative_authority", sa.String(length=200), nullable=True),
        sa.Column("parent_signer_name", sa.String(length=240), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_with_program", sa.Boolean(), nullable=False),
        sa.Column("email_level", sa.String(length=10), nullable=False),
        sa.Column("text_shown", sa.Text(), nullable=False),
        sa.Column("text_language", sa.String(length=5), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("how_signed", sa.String(length=10), nullable=False),
        sa.Column("witness_name", sa.String(length=240), nullable=True),
        sa.Column("interpreter_name", sa.String(length=240), nullable=True),
        sa.Column("was_alone", sa.Boolean(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("ends_sooner_on", sa.Date(), nullable=True),
        sa.Column("ends_sooner_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lowered_email_level", sa.String(length=10), nullable=True),
        sa.Column("invalid_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invalid_because", sa.String(length=300), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_how", sa.String(length=40), nullable=True),
        sa.Column("stop_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_usable_because", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_patient_id_patient")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["staff_member.id"], name=op.f("fk_consent_recorded_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["related_person_id"], ["related_person.id"], name=op.f("fk_consent_related_person_id_related_person")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["staff_member.id"], name=op.f("fk_consent_verified_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("external_id", name=op.f("uq_consent_external_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_consent_ref")),
    )
    op.create_index("ix_consent_gate", "consent", ["related_person_id", "stopped_at", "ends_at"], unique=False)
    op.create_index(op.f("ix_consent_patient_id"), "consent", ["patient_id"], unique=False)
    op.create_table(
        "free_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("to_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_free_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["family_session_terms.staff_id"], name=op.f("fk_free_hours_staff_id_family_session_terms")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_free_hours")),
    )
    op.create_index(op.f("ix_free_hours_staff_id"), "free_hours", ["staff_id"], unique=False)
    op.create_table(
        "free_hours_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("to_minute", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["family_session_terms.staff_id"],
            name=op.f("fk_free_hours_override_staff_id_family_session_terms"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_free_hours_override")),
    )
    op.create_index(op.f("ix_free_hours_override_staff_id"), "free_hours_override", ["staff_id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("related_person_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by_id", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_hold_patient_id_patient")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["staff_member.id"], name=op.f("fk_hold_placed_by_id_staff_member")),
        sa.ForeignKeyConstraint(
            ["related_person_id"], ["related_person.id"], name=op.f("fk_hold_related_person_id_related_person")
        ),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["staff_member.id"], name=op.f("fk_hold_released_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("ref", name=op.f("uq_hold_ref")),
    )
    op.create_index(op.f("ix_hold_patient_id"), "hold", ["patient_id"], unique=False)
    op.create_index(op.f("ix_hold_related_person_id"), "hold", ["related_person_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=10), nullable=False),
        sa.Column("related_person_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=240), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("first_made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("relative_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff_member.id"], name=op.f("fk_invitation_made_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["related_person_id"], ["related_person.id"], name=op.f("fk_invitation_related_person_id_related_person")
        ),
        sa.ForeignKeyConstraint(["relative_id"], ["relative.id"], name=op.f("fk_invitation_relative_id_relative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("ref", name=op.f("uq_invitation_ref")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_code_hash"), "invitation", ["code_hash"], unique=False)
    op.create_index(op.f("ix_invitation_related_person_id"), "invitation", ["related_person_id"], unique=False)
    op.create_table(
        "consent_scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_consent_scan_consent_id_consent")),
        sa.ForeignKeyConstraint(
            ["kept_by_id"], ["staff_member.id"], name=op.f("fk_consent_scan_kept_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_scan")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_consent_scan_consent_id")),
    )
    op.create_table(
        "consent_scope",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_consent_scope_consent_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_scope")),
        sa.UniqueConstraint("consent_id", "scope", name=op.f("uq_consent_scope_consent_id_scope")),
    )
    op.create_table(
        "ending_notice",
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_ending_notice_consent_id_consent")),
        sa.PrimaryKeyConstraint("consent_id", "days", name=op.f("pk_ending_notice")),
    )
    op.create_table(
        "record_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("door", sa.String(length=12), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("related_person_id", sa.Integer(), nullable=True),
        sa.Column("consent_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notice_shown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_record_entry_account_id_account")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_record_entry_consent_id_consent")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_record_entry_patient_id_patient")),
        sa.ForeignKeyConstraint(
            ["related_person_id"], ["related_person.id"], name=op.f("fk_record_entry_related_person_id_related_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_entry")),
    )
    op.create_index("ix_record_entry_looks", "record_entry", ["account_id", "act", "at"], unique=False)
    op.create_index("ix_record_entry_patient_id_at", "record_entry", ["patient_id", "at"], unique=False)
    op.create_index(op.f("ix_record_entry_related_person_id"), "record_entry", ["related_person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_record_entry_related_person_id"), table_name="record_entry")
    op.drop_index("ix_record_entry_patient_id_at", table_name="record_entry")
    op.drop_index("ix_record_entry_looks", table_name="record_entry")
    op.drop_table("record_entry")
    op.drop_table("ending_notice")
    op.drop_table("consent_scope")
    op.drop_table("consent_scan")
    op.drop_index(op.f("ix_invitation_related_person_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_code_hash"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_hold_related_person_id"), table_name="hold")
    op.drop_index(op.f("ix_hold_patient_id"), table_name="hold")
    op.drop_table("hold")
    op.drop_index(op.f("ix_free_hours_override_staff_id"), table_name="free_hours_override")
    op.drop_table("free_hours_override")
    op.drop_index(op.f("ix_free_hours_staff_id"), table_name="free_hours")
    op.drop_table("free_hours")
    op.drop_index(op.f("ix_consent_patient_id"), table_name="consent")
    op.drop_index("ix_consent_gate", table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_appointment_participant_relative_id"), table_name="appointment_participant")
    op.drop_table("appointment_participant")
    op.drop_index(op.f("ix_timetable_member_timetable_id"), table_name="timetable_member")
    op.drop_table("timetable_member")
    op.drop_index(op.f("ix_sharing_draft_patient_id"), table_name="sharing_draft")
    op.drop_table("sharing_draft")
    op.drop_index("ix_schedule_entry_timetable_id_starts_at", table_name="schedule_entry")
    op.drop_table("schedule_entry")
    op.drop_index(op.f("ix_restriction_request_patient_id"), table_name="restriction_request")
    op.drop_table("restriction_request")
    op.drop_index(op.f("ix_related_person_relative_id"), table_name="related_person")
    op.drop_index(op.f("ix_related_person_patient_id"), table_name="related_person")
    op.drop_table("related_person")
    op.drop_index("ix_outgoing_email_pair", table_name="outgoing_email")
    op.drop_index("ix_outgoing_email_due", table_name="outgoing_email")
    op.drop_index(op.f("ix_outgoing_email_account_id"), table_name="outgoing_email")
    op.drop_table("outgoing_email")
    op.drop_index("ix_family_update_gate", table_name="family_update")
    op.drop_table("family_update")
    op.drop_table("family_session_terms")
    op.drop_index(op.f("ix_care_team_member_staff_id"), table_name="care_team_member")
    op.drop_table("care_team_member")
    op.drop_index("ix_appointment_staff_id_starts_at", table_name="appointment")
    op.drop_index("ix_appointment_patient_id_starts_at", table_name="appointment")
    op.drop_table("appointment")
    op.drop_index(op.f("ix_timetable_program_id"), table_name="timetable")
    op.drop_table("timetable")
    op.drop_table("staff_member")
    op.drop_table("relative")
    op.drop_table("patient")
    op.drop_table("guide_read")
    op.drop_index("ix_form_token_account_id_used_at", table_name="form_token")
    op.drop_table("form_token")
    op.drop_table("email_stop")
    op.drop_table("program")
    op.drop_index("ix_guide_language_position", table_name="guide")
    op.drop_table("guide")
    op.drop_index(op.f("ix_closure_starts_on"), table_name="closure")
    op.drop_table("closure")
    op.drop_table("clinic")
    op.drop_table("account")
