"""Correcting, withdrawing, planning and saving an update, page by page."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.cast import BEN, DANA, PRIYA, RUTH, SAM
from portal.db import session
from portal.models import Account, FamilyUpdate, OutgoingEmail, UpdateDraft
from portal.services import update_drafts
from tests.browser_form import filled, send, soup, submit
from tests.conftest import SignIn, at_the_clinic
from tests.services.test_consents import rows
from tests.staff.looking import patient_ref
from tests.staff.test_posting import TEXT, TITLE, check_page, posted, written


def words_of(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").select_one("main").get_text(" ").split())


def going(app: Flask) -> FamilyUpdate:
    return rows(app, select(FamilyUpdate).where(FamilyUpdate.scope == "going"))[0]


def mail(app: Flask) -> int:
    return len(rows(app, select(OutgoingEmail).where(OutgoingEmail.about_id == going(app).id)))


def test_a_correction_is_checked_with_its_list_and_shown_as_one(app: Flask, sign_in: SignIn) -> None:
    priya, ref = sign_in(PRIYA), going(app).ref
    old = going(app).text.split(".")[0]
    checking = submit(priya, f"/staff/updates/{ref}/correct", title="A better title", text="Short words.")

    assert "1 of 19 relatives will see this" in checking.text
    assert "Only if you tell them again: 1 gets an email." in checking.text
    answers = [send(priya, checking, tells_again="y") for _ in range(3)]
    assert {(one.status_code, one.location) for one in answers} == {(303, f"/staff/updates/{ref}")}
    shown = words_of(priya.get(f"/staff/updates/{ref}").text)
    assert "A better title" in shown
    assert "Changed on Monday, November 23." in shown
    assert f"As it read until Monday, November 23, 8:30 AM Corrected by {PRIYA.name}." in shown
    assert old in shown
    assert (mail(app), going(app).version) == (1, 2)
    dana = sign_in(DANA)
    read = dana.get(str(soup(dana.get("/updates")).select_one("main h2 a")["href"]))
    assert "Changed on Monday, November 23." in words_of(read.text)
    assert old not in read.text
    assert "corrected an update: how it is going" in sign_in(SAM).get("/me/looks").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({}, "You changed nothing yet"), ({"title": "On [day]"}, "Write something in place of [day]")],
)
def test_a_correction_that_corrects_nothing_stays_on_its_page(
    app: Flask, sign_in: SignIn, fields: dict[str, str], sentence: str
) -> None:
    answer = submit(sign_in(PRIYA), f"/staff/updates/{going(app).ref}/correct", **fields)

    assert [link.get_text() for link in soup(answer).select(".error-summary a")] == [sentence]


def test_the_list_beside_a_correction_promises_no_weekly_list_that_says_of_it(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().scalars(select(Account).where(Account.email == DANA.email)).one().weekly_day = 6
    priya, ref = sign_in(PRIYA), going(app).ref

    page = submit(priya, f"/staff/updates/{ref}/correct", text="Dana can ask Sam.")

    for html in (priya.get(f"/staff/updates/{ref}/correct"), page):
        assert "Sees it. Gets no email: weekly lists say nothing of corrections." in words_of(html.text)
        assert "Finds it in a weekly list" not in html.text


def test_a_withdrawn_update_is_gone_for_dana_and_the_care_team_and_marked_for_sam(app: Flask, sign_in: SignIn) -> None:
    priya, ref, title = sign_in(PRIYA), going(app).ref, going(app).title
    dana = sign_in(DANA)
    address = str(soup(dana.get("/updates")).select_one("main h2 a")["href"])
    asked = priya.get(f"/staff/updates/{ref}/withdraw")
    assert "Say why" in send(priya, asked, because="").text
    answers = [send(priya, asked, because="It was about somebody else") for _ in range(2)]

    assert {(one.status_code, one.location) for one in answers} == {(303, "/staff/updates")}
    assert dana.get(address).status_code == priya.get(f"/staff/updates/{ref}").status_code == 404
    assert title not in dana.get("/updates").text + priya.get("/staff/updates").text
    page = sign_in(SAM).get("/me/updates").text
    assert "It was about somebody else" not in page
    card = next(one for one in BeautifulSoup(page, "html.parser").select("main .card") if title in one.get_text())
    assert "Withdrawn on Monday, November 23." in card.get_text()
    assert "only you and your care team" in card.get_text()
    assert "It was about somebody else" in sign_in(RUTH).get("/privacy-office").text


def test_an_update_can_be_planned_changed_and_posted_early(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    checking = check_page(app, priya)
    refused = send(priya, checking, when="later", day="2026-11-20", time="09:00")  # type: ignore[arg-type]
    assert "That time is over. Choose a later one, or post it now" in refused.text
    answer = send(priya, refused, when="later", day="2026-11-24", time="09:00")

    assert (answer.status_code, answer.location) == (303, "/staff/updates")
    row = soup(priya.get("/staff/updates")).select_one("main tbody tr")
    assert (
        " ".join(row.get_text(" ").split())
        == f"{TITLE} S. Rivera How it is going Tuesday, November 24, 9:00 AM {PRIYA.name}"
    )
    address = str(row.a["href"])
    assert "Planned for Tuesday, November 24, 9:00 AM." in words_of(priya.get(address).text)
    assert TITLE not in sign_in(DANA).get("/updates").text + sign_in(SAM).get("/me/updates").text
    changed = submit(priya, f"{address}/change", time="10:30")
    assert changed.status_code == 303
    assert "10:30 AM" in words_of(priya.get(address).text)
    planned = priya.get(address)
    now, again = (send(priya, planned, "form[action$='/now']") for _ in range(2))
    assert (now.status_code, again.status_code, again.location) == (303, 303, now.location)
    assert "Can see it." in priya.get(now.location).text
    assert TITLE in sign_in(DANA).get("/updates").text
    assert priya.get(address).status_code == 404


def test_a_planned_update_is_not_posted_now_to_others_than_its_author_sees(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    send(priya, check_page(app, priya), when="later", day="2026-11-24", time="09:00")  # type: ignore[arg-type]
    address = str(soup(priya.get("/staff/updates")).select_one("main tbody tr a")["href"])

    refused = send(priya, priya.get(address), "form[action$='/now']", fingerprint="x")
    assert "The list changed while you were writing. Check it again" in refused.text
    assert TITLE not in sign_in(DANA).get("/updates").text

    assert [send(priya, refused, "form[action$='/drop']").status_code for _ in range(2)] == [303, 303]
    assert TITLE not in priya.get("/staff/updates").text


def test_an_update_is_saved_for_later_by_its_author_and_gone_on_with(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = priya.get("/staff/updates/new")
    half = {**written(app), "title": "", "text": "Half a"}
    saved = [send(priya, page, "button[formaction]", **half) for _ in range(2)]

    assert {(one.status_code, one.location) for one in saved} == {(303, "/staff/updates")}
    (draft,) = rows(app, select(UpdateDraft))
    link = f"/staff/updates/new?draft={draft.ref}"
    assert link in priya.get("/staff/updates").text
    assert draft.ref not in sign_in(BEN).get("/staff/updates").text
    assert sign_in(BEN).get(link).status_code == 404
    _, kept = filled(priya.get(link))
    assert (kept["person"], kept["kind"], kept["text"], kept["draft"]) == (half["person"], "going", "Half a", draft.ref)
    checking = submit(priya, link, title=TITLE, text=TEXT)
    assert send(priya, checking).status_code == 303
    assert (posted(app), rows(app, select(UpdateDraft))) == (1, [])


def test_what_is_written_on_a_draft_that_is_old_or_gone_is_not_lost(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    send(priya, priya.get("/staff/updates/new"), "button[formaction]", title="A thought")
    link = f"/staff/updates/new?draft={rows(app, select(UpdateDraft))[0].ref}"
    with at_the_clinic(app):
        session().scalars(select(UpdateDraft)).one().changed_at = clock.now() - update_drafts.KEPT * 2
    opened = priya.get(link)

    assert send(priya, opened, "button[formaction]", title="A second thought").status_code == 303
    assert [one.answers["title"] for one in rows(app, select(UpdateDraft))] == ["A second thought"]
    send(priya, priya.get("/staff/updates"), "form[action$='/throw-away']")
    assert send(priya, opened, "button[formaction]", title="A third thought").status_code == 303
    assert [one.answers["title"] for one in rows(app, select(UpdateDraft))] == ["A third thought"]


def test_a_draft_is_thrown_away_by_its_author_alone(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    send(priya, priya.get("/staff/updates/new"), "button[formaction]", title="A thought")
    address, values = filled(priya.get("/staff/updates"), "form[action$='/throw-away']")
    ben = sign_in(BEN)
    _, his = filled(ben.get("/staff/updates/new"))
    ben.post(address, data={"csrf_token": his["csrf_token"]})
    assert len(rows(app, select(UpdateDraft))) == 1

    assert priya.post(address, data=values).status_code == 303
    assert rows(app, select(UpdateDraft)) == []


def test_a_ready_text_fills_the_form_and_waits_to_be_finished(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    links = [str(one["href"]) for one in soup(priya.get("/staff/updates/new")).select("main details a")]
    spanish = next(one for one in links if "ready=no-group" in one and "language=es" in one)
    answer = submit(priya, spanish, person=patient_ref(app, "Sam"))

    assert [one.get_text() for one in soup(answer).select(".error-summary a")] == [
        "Write something in place of [día]"
    ] * 2
    _, kept = filled(answer)
    assert (kept["kind"], kept["language"]) == ("plan", "es")
    assert priya.get("/staff/updates/new?ready=nothing").status_code == 404
