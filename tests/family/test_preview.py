"""The same pages through a patient's eyes: one slice, nothing to click, no look."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from sqlalchemy import func, select

from portal.cast import DANA, SAM
from portal.consent.viewer import Viewer, viewing_as
from portal.db import session
from portal.models import Account, RecordEntry, Relative
from tests.conftest import at_the_clinic, patient_id


def preview(app: Flask, endpoint: str, **view: Any) -> BeautifulSoup:
    sam = patient_id(app, SAM)
    with app.app_context():
        g.reading = True
        dana = session().scalars(select(Relative.id).join(Account).where(Account.email == DANA.email)).one()
    viewer = Viewer(
        account_id=None,
        account_ref="sams",
        given_name="Dana",
        relative_id=dana,
        only_patient_id=sam,
        is_preview=True,
        is_counted=False,
        door="patient",
    )
    with app.test_request_context("/me/sharing/somebody/preview"), viewing_as(viewer):
        return BeautifulSoup(app.view_functions[endpoint](**view), "html.parser")


def looks(app: Flask) -> int:
    with at_the_clinic(app):
        return session().scalar(select(func.count()).select_from(RecordEntry)) or 0


@pytest.mark.parametrize(
    "endpoint", ["family.home.page", "family.schedule.page", "family.sessions.page", "family.updates.page"]
)
def test_a_preview_shows_one_slice_leads_nowhere_and_is_no_look(app: Flask, endpoint: str) -> None:
    before = looks(app)

    page = preview(app, endpoint)

    assert "Sam" in page.text
    assert "Robin" not in page.text
    assert page.select("main a, main form") == []
    assert looks(app) == before


def test_an_update_in_a_preview(app: Flask) -> None:
    from portal.consent.shared import SharedUpdate
    from portal.refs import ref_for

    sam = patient_id(app, SAM)
    with at_the_clinic(app):
        dana = session().scalars(select(Relative.id).join(Account).where(Account.email == DANA.email)).one()
    with (
        app.app_context(),
        viewing_as(Viewer(account_id=None, relative_id=dana, only_patient_id=sam, is_counted=False)),
    ):
        ref = session().scalars(select(SharedUpdate.ref).order_by(SharedUpdate.published_at.desc())).first()
    with app.test_request_context():
        label = ref_for("sams", str(ref))

    page = preview(app, "family.updates.read", ref=label)

    assert "What we are working on this week" in page.text
    assert page.select("main a, main form") == []
