"""The picture of a form on paper: kept sealed, opened only for the care team, each opening on record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import puremagic
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal import clock, sealing
from portal.consent import record
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Act, Consent, ConsentScan

MOST_BYTES = 10 * 1024 * 1024
# What a file may be, by its content, and how its name ends when it is handed out.
KINDS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
TOO_LARGE_OR_ODD = _l("Choose a PDF or photo smaller than 10 MB")


@dataclass(frozen=True)
class ScanFacts:
    """What a page says of a scan without opening it. `size` is in bytes."""

    media_type: str
    size: int
    kept_at: dt.datetime


@dataclass(frozen=True)
class OpenScan:
    """A scan that somebody of the care team opens, under a name that says nothing."""

    content: bytes
    media_type: str

    @property
    def file_name(self) -> str:
        return f"form.{KINDS[self.media_type]}"


def check_scan(content: bytes) -> str:
    """The media type of a file, found in its content. Raises Refused unless it is a PDF or a photo below 10 MB."""
    if not 0 < len(content) <= MOST_BYTES:
        raise Refused(TOO_LARGE_OR_ODD, "scan")
    try:
        media_type = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        media_type = ""
    if media_type not in KINDS:
        raise Refused(TOO_LARGE_OR_ODD, "scan")
    return media_type


def check_place(consent: Consent, *, has_scan: bool) -> None:
    """Raise Refused when the form has a scan that somebody checked already, or counts no more."""
    if consent.stopped_at is not None:
        raise Refused(_l("This form counts no more. A scan cannot be added"), "scan")
    if has_scan and consent.verified_at is not None:
        raise Refused(_l("This scan was checked. It cannot be changed any more"), "scan")


def facts_of(consent: Consent) -> ScanFacts | None:
    """The scan of a form, unopened; None when there is none."""
    row = session().execute(
        select(ConsentScan.media_type, ConsentScan.size, ConsentScan.kept_at).where(
            ConsentScan.consent_id == consent.id
        )
    )
    found = row.one_or_none()
    return ScanFacts(*found) if found else None


def keep(consent: Consent, content: bytes, *, staff_id: int, account_id: int) -> None:
    """Keep the scan of a form, in place of one that nobody has checked yet. Raises Refused."""
    media_type = check_scan(content)
    scan = session().scalar(select(ConsentScan).where(ConsentScan.consent_id == consent.id))
    check_place(consent, has_scan=scan is not None)
    if scan is None:
        scan = ConsentScan(consent_id=consent.id, content=b"")
        session().add(scan)
    scan.media_type, scan.size = media_type, len(content)
    scan.kept_at, scan.kept_by_id = clock.now(), staff_id
    session().flush()
    scan.content = sealing.seal(content, row=_row(scan))
    record.write(
        Act.RECORDED, "scan", door="staff", patient_id=consent.patient_id, account_id=account_id,
        related_person_id=consent.related_person_id, consent_id=consent.id,
    )  # fmt: skip


def open_scan(consent: Consent) -> OpenScan:
    """The scan of a form; that it was opened goes on record. Raises NotShared when there is none."""
    scan = session().scalar(select(ConsentScan).where(ConsentScan.consent_id == consent.id))
    if scan is None:
        raise NotShared
    record.look_at(consent.patient_id, "scan", consent.id)
    return OpenScan(sealing.unseal(scan.content, row=_row(scan)), scan.media_type)


def _row(scan: ConsentScan) -> str:
    return f"consent_scan {scan.id}"
