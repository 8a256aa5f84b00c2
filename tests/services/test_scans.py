"""The scan of a form: kept sealed, opened with any key we ever had, refused when it is no PDF or photo."""

from __future__ import annotations

import pytest
from flask import Flask, g
from sqlalchemy import select

from portal import create_app, sealing
from portal.cast import PRIYA, SAM
from portal.config import Settings
from portal.db import db, session
from portal.errors import NotShared, Refused
from portal.models import Account, Consent, ConsentScan, StaffMember
from portal.services import paper_form_list, paper_forms, scans
from tests.conftest import at_the_clinic, patient_id
from tests.services.paper import complete

PDF = b"%PDF-1.7\n1 0 obj\nSam agrees that Pat may know.\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(60)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(60) + b"\xff\xd9"


def keep(app: Flask, content: bytes = PDF, ref: str | None = None) -> str:
    """Keep a scan of a new form of Sam's, or of the one with this ref; returns the ref."""
    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        priya = session().scalars(select(StaffMember).join(Account).where(Account.email == PRIYA.email)).one()
        who = {"staff_id": priya.id, "account_id": priya.account_id}
        consent = paper_form_list.find(sam, ref) if ref else paper_forms.record_form(sam, complete(app), **who)
        scans.keep(consent, content, **who)
        return consent.ref


def opened(app: Flask, ref: str) -> scans.OpenScan:
    sam = patient_id(app, SAM)
    with app.app_context():
        g.reading = True
        return scans.open_scan(paper_form_list.find(sam, ref))


def stored(app: Flask) -> list[ConsentScan]:
    with app.app_context():
        g.reading = True
        return list(session().scalars(select(ConsentScan)))


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [(PDF, "application/pdf", "form.pdf"), (PNG, "image/png", "form.png"), (JPEG, "image/jpeg", "form.jpg")],
    ids=["pdf", "png", "jpeg"],
)
def test_a_pdf_or_a_photo_is_kept_and_comes_back_as_it_was(
    app: Flask, content: bytes, media_type: str, name: str
) -> None:
    found = opened(app, keep(app, content))

    assert (found.content, found.media_type, found.file_name) == (content, media_type, name)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"<html><script>1</script>", b"GIF89a" + bytes(40), b"PK\x03\x04" + bytes(40), b"MZ" + bytes(80)],
    ids=["empty", "text", "a page", "gif", "zip", "a program"],
)  # fmt: skip
def test_anything_else_is_refused_by_its_content(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        scans.check_scan(content)

    assert refused.value.sentence == "Choose a PDF or photo smaller than 10 MB"
    assert refused.value.field == "scan"


def test_ten_megabytes_are_enough() -> None:
    assert scans.check_scan(PDF.ljust(scans.MOST_BYTES)) == "application/pdf"
    with pytest.raises(Refused):
        scans.check_scan(PDF.ljust(scans.MOST_BYTES + 1))


@pytest.mark.both_databases
def test_the_database_holds_no_word_of_the_form(app: Flask) -> None:
    keep(app)

    (row,) = stored(app)
    assert b"Sam" not in row.content
    assert b"%PDF" not in row.content
    assert row.size == len(PDF)


def test_a_scan_moved_to_another_form_does_not_open(app: Flask) -> None:
    first, second = keep(app), keep(app, PNG)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        rows = own_session.scalars(select(ConsentScan).order_by(ConsentScan.id)).all()
        rows[1].content, rows[1].media_type = rows[0].content, rows[0].media_type

    assert opened(app, first).content == PDF
    with pytest.raises(sealing.CannotOpen):
        opened(app, second)


def test_scans_from_before_there_were_keys_still_open(app: Flask, settings: Settings) -> None:
    before = keep(app)
    later = create_app(settings.model_copy(update={"keys": "the first key"}))
    sealed_later = keep(later)
    somebody_else = create_app(settings.model_copy(update={"keys": "theirs", "secret_key": "also theirs"}))

    assert opened(later, before).content == PDF
    for stranger in (app, somebody_else):
        with pytest.raises(sealing.CannotOpen):
            opened(stranger, sealed_later)


def test_the_newest_key_seals(app: Flask, settings: Settings) -> None:
    both = create_app(settings.model_copy(update={"keys": "the new key, the old key"}))
    new = create_app(settings.model_copy(update={"keys": "the new key"}))
    old = create_app(settings.model_copy(update={"keys": "the old key"}))
    sealed_before, sealed_after = keep(old), keep(both)

    assert opened(both, sealed_before).content == PDF
    assert opened(new, sealed_after).content == PDF
    with pytest.raises(sealing.CannotOpen):
        opened(old, sealed_after)


def test_a_scan_can_be_replaced_until_somebody_has_checked_it(app: Flask) -> None:
    ref = keep(app)
    keep(app, PNG, ref)
    assert opened(app, ref).media_type == "image/png"

    with app.app_context(), db.sessionmaker.begin() as own_session:
        consent = own_session.scalars(select(Consent).where(Consent.ref == ref)).one()
        consent.verified_at = consent.recorded_at

    with pytest.raises(Refused, match="cannot be changed"):
        keep(app, JPEG, ref)
    assert opened(app, ref).media_type == "image/png"


def test_a_form_without_a_scan_has_none_to_open(app: Flask) -> None:
    ref = keep(app)
    with app.app_context(), db.sessionmaker.begin() as own_session:
        own_session.delete(own_session.scalars(select(ConsentScan)).one())

    with pytest.raises(NotShared):
        opened(app, ref)
