"""Updates that a patient shares."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from sqlalchemy import select

from portal import clock as portal_clock
from portal.cast import ALEX, DANA, OTHER_SCOPE, SAM
from portal.db import session
from portal.models import Account, Act, FamilyUpdate, RecordEntry
from tests.browser_form import soup
from tests.conftest import Clock, SignIn, at_the_clinic, patient_id


def titles(page: object) -> list[str]:
    return [" ".join(title.text.split()) for title in soup(page).select("main h2")]  # type: ignore[arg-type]


def words_of(page: object) -> str:
    return " ".join(soup(page).select_one("main").text.split())  # type: ignore[arg-type]


def test_dana_sees_both_kinds_and_alex_only_the_one_shared_with_him(sign_in: SignIn) -> None:
    dana = sign_in(DANA).get("/updates")
    assert titles(dana) == ["What we are working on this week New", "Group moves to 6:30 once New"]
    alex = sign_in(ALEX).get("/updates")
    assert titles(alex) == ["Group moves to 6:30 once New"]
    assert "working on" not in alex.get_data(as_text=True)


def test_an_update_that_was_opened_is_no_longer_new(sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    link = soup(dana.get("/updates")).select_one("main h2 a")

    page = dana.get(str(link["href"]))

    assert soup(page).title.text.strip() == "Update – Riverbend Portal"
    assert "From Ben Osei, Monday, November 23, 8:15 AM." in words_of(page)
    assert [p.text for p in soup(page).select("article p")][1].startswith("This week the group")
    assert titles(dana.get("/updates"))[0] == "What we are working on this week"
    assert "Group moves to 6:30 once" in words_of(dana.get("/home"))


def test_after_seven_days_an_update_is_not_new_any_more(sign_in: SignIn, clock: Clock) -> None:
    clock.forward(days=9)

    assert titles(sign_in(DANA).get("/updates")) == ["What we are working on this week", "Group moves to 6:30 once"]


def test_an_address_from_danas_screen_opens_nothing_for_alex(sign_in: SignIn) -> None:
    dana, alex = sign_in(DANA), sign_in(ALEX)
    links = [str(link["href"]) for link in soup(dana.get("/updates")).select("main h2 a")]
    his = [str(link["href"]) for link in soup(alex.get("/updates")).select("main h2 a")]

    assert not set(links) & set(his)
    assert [alex.get(link).status_code for link in links] == [404, 404]


def test_reading_is_on_record_with_the_update_its_version_and_the_consent(app: Flask, sign_in: SignIn) -> None:
    dana = sign_in(DANA)
    dana.get(str(soup(dana.get("/updates")).select_one("main h2 a")["href"]))

    with at_the_clinic(app):
        rows = (
            session()
            .execute(
                select(RecordEntry.what, RecordEntry.thing_id, RecordEntry.consent_id)
                .join(Account, Account.id == RecordEntry.account_id)
                .where(Account.email == DANA.email, RecordEntry.act == Act.LOOKED, RecordEntry.at == portal_clock.now())
                .order_by(RecordEntry.id)
            )
            .all()
        )
        latest = session().scalars(select(FamilyUpdate.id).where(FamilyUpdate.scope == "going")).first()
    assert [(row.what, row.thing_id) for row in rows] == [("updates", None), ("going", latest)]
    assert all(row.consent_id for row in rows)


def test_a_withdrawn_update_is_gone_and_a_changed_one_says_so(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        going, plan = (
            session().scalars(select(FamilyUpdate).where(FamilyUpdate.scope == scope)).first()
            for scope in ("going", "plan")
        )
        going.withdrawn_at = portal_clock.now()
        plan.changed_at = portal_clock.now() - dt.timedelta(days=1)

    dana = sign_in(DANA)
    page = dana.get("/updates")

    assert titles(page) == ["Group moves to 6:30 once New"]
    assert "changed yesterday" in words_of(page)


def test_what_looks_like_markup_in_an_update_is_shown_as_written(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        for update in session().scalars(select(FamilyUpdate)):
            update.text = "<script>alert(1)</script>\n\nSecond"

    dana = sign_in(DANA)
    page = dana.get(str(soup(dana.get("/updates")).select_one("main h2 a")["href"]))

    assert not soup(page).select("main script")
    assert "<script>alert(1)</script>" in words_of(page)


def test_a_long_list_comes_in_pages_and_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    number = patient_id(app, SAM)
    with at_the_clinic(app):
        for n in range(25):
            session().add(
                FamilyUpdate(
                    patient_id=number,
                    scope="plan",
                    title=f"Older {n}",
                    text="…",
                    published_at=portal_clock.now() - dt.timedelta(days=20 + n),
                )
            )
    alex = sign_in(ALEX)
    first = alex.get("/updates")
    second = alex.get(str(soup(first).find("a", string="Older")["href"]))

    assert len(titles(first)) == 20
    assert len(titles(second)) == 6
    assert titles(second)[-1] == "Older 24"


def test_nobody_posted_yet(sign_in: SignIn) -> None:
    assert "No updates yet. Teams post about once a week." in words_of(sign_in(OTHER_SCOPE.person).get("/updates"))


def test_an_update_in_another_language_is_marked_and_says_where_to_turn(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        going = session().scalars(select(FamilyUpdate).where(FamilyUpdate.scope == "going")).first()
        going.language, going.title, going.text = "es", "En qué trabajamos", "Escuchar primero."
    dana = sign_in(DANA)
    assert soup(dana.get("/home")).find("h2", string="En qué trabajamos")["lang"] == "es"
    link = soup(dana.get("/updates")).select_one("main h2 a")
    page = soup(dana.get(str(link["href"])))

    assert link.parent["lang"] == page.h1["lang"] == "es"
    assert [one["lang"] for one in page.select("article div[lang]")] == ["es"]
    assert "This is written in Spanish. Call " in words_of(dana.get(str(link["href"])))
    plan = soup(dana.get("/updates")).select("main h2 a")[1]
    assert "This is written in" not in words_of(dana.get(str(plan["href"])))


def test_who_reads_spanish_is_told_where_an_english_update_is_read_to_them(app: Flask, sign_in: SignIn) -> None:
    with at_the_clinic(app):
        session().scalars(select(Account).where(Account.email == DANA.email)).one().language = "es"
    dana = sign_in(DANA)
    page = dana.get(str(soup(dana.get("/updates")).select_one("main h2 a")["href"]))

    assert soup(page).html["lang"] == "es"
    assert soup(page).h1["lang"] == "en"
    assert "Esto está escrito en inglés. Llame al " in words_of(page)
