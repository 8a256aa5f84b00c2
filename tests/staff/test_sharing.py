"""The patient calls and it stops, in four clicks; nothing in this house lets staff share more."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.cast import ALEX, BEN, DANA, INCOMPLETE, INVALID, PRIYA, ROBIN, SAM, UNVERIFIED, Person
from portal.models import Act, Appointment, Consent, ConsentScope, Hold, Patient, RecordEntry, RestrictionRequest
from tests.browser_form import send, soup, submit
from tests.conftest import MORNING, Clock, SignIn, patient_id
from tests.services.looking import account_of, mail_to, rows, sees
from tests.staff.looking import looks_of, patient_ref, questions_to_the_database, related_ref


def url(app: Flask, name: str = "Sam") -> str:
    return f"/staff/people/{patient_ref(app, name)}/sharing"


def stop(app: Flask, browser: FlaskClient, relative: Person = DANA, **fields: object) -> TestResponse:
    who = related_ref(app, "Sam", relative)
    return submit(browser, url(app), f'form:has(input[value="{who}"])', **fields)


def consent_of(app: Flask, relative: Person) -> Consent:
    query = select(Consent).where(Consent.related_person.has(email=relative.email, patient_id=patient_id(app, SAM)))
    found: Consent = rows(app, query)[0]
    return found


def card(page: TestResponse, name: str) -> str:
    """What the page says of one person."""
    heading = next(one for one in soup(page).select("main h2, main h3") if one.get_text().startswith(name))
    words = [heading.get_text(" ", strip=True)]
    for sibling in heading.find_next_siblings():
        if sibling.name in ("h2", "h3"):
            break
        words.append(sibling.get_text(" ", strip=True))
    return " ".join(words)


# Stop


def test_it_stops_in_four_clicks_from_the_day_board(app: Flask, sign_in: SignIn) -> None:
    """A click is a link, a button, or the line that opens a fold; typing the name is not one."""
    priya, clicks = sign_in(PRIYA), 0
    board = priya.get("/staff")
    found, clicks = send(priya, board, "form[role=search]", name="sam riv"), clicks + 1
    link = soup(found).select_one("main tbody th a")
    assert link is not None
    page, clicks = priya.get(str(link["href"])), clicks + 1
    fold = next(one for one in soup(page).select("main details") if "Dana Rivera" in one.get_text())
    assert fold.summary is not None
    assert fold.summary.get_text(strip=True) == "Stop sharing with Dana Rivera: Sam asked"
    clicks += 1
    who = related_ref(app, "Sam", DANA)
    done, clicks = send(priya, page, f'form:has(input[value="{who}"])'), clicks + 1

    assert (done.status_code, clicks) == (303, 4)
    assert sees(app, DANA, patient_id(app, SAM)) == set()


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["phone", "in person", "in writing"])
def test_sharing_stops_when_the_patient_calls(app: Flask, sign_in: SignIn, how: str) -> None:
    answer = stop(app, sign_in(PRIYA), how=how)

    assert (answer.status_code, answer.location) == (303, url(app))
    assert sees(app, DANA, patient_id(app, SAM)) == set()
    assert sees(app, DANA, patient_id(app, ROBIN)) == {"times"}
    consent = consent_of(app, DANA)
    assert (consent.stopped_how, consent.stopped_at, consent.stop_asked_at) == (how, MORNING, MORNING)
    line = rows(app, select(RecordEntry).where(RecordEntry.act == Act.STOPPED))[0]
    assert (line.door, line.account_id) == ("staff", account_of(app, PRIYA))
    assert mail_to(app, SAM) == [("sharing_changed", None, None)]
    assert mail_to(app, DANA) == []


def test_the_relatives_next_click_finds_nothing(app: Flask, sign_in: SignIn) -> None:
    dana, robins_only = sign_in(DANA), {"Robin"}
    dana.get("/schedule")
    stop(app, sign_in(PRIYA))

    page = dana.get("/home").text
    assert {name for name in ("Sam", "Robin") if name in page} == robins_only


def test_a_call_this_morning_is_kept_with_its_time(app: Flask, sign_in: SignIn) -> None:
    stop(app, sign_in(PRIYA), asked_at="2026-11-23T07:45")
    consent = consent_of(app, DANA)

    assert consent.stop_asked_at == MORNING - dt.timedelta(minutes=45)
    assert consent.stopped_at == MORNING


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026-11-23T08:31", "Enter a time that has passed, or leave it empty for just now"),
        ("this morning", "Enter a day and a time, or leave it empty for just now"),
    ],
)
def test_a_time_that_cannot_be_stops_nothing_and_says_so(app: Flask, sign_in: SignIn, typed: str, said: str) -> None:
    answer = stop(app, sign_in(PRIYA), asked_at=typed, how="in person")
    page = soup(answer)

    assert answer.status_code == 200
    assert said in answer.text
    fold = page.select_one("details[open]:has(form)")
    assert fold is not None
    assert fold.select_one("input[value='in person'][checked]") is not None
    assert sees(app, DANA, patient_id(app, SAM)) != set()


def test_the_answer_says_what_cannot_be_pulled_back(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    stop(app, priya)
    page = priya.get(url(app))

    assert "Done. Dana Rivera sees nothing of Sam’s now. Emails already sent stay in their mailbox." in page.text
    assert "By phone, asked Nov 23, 2026, 8:30 AM" in card(page, "Dana Rivera")


def test_stopping_twice_is_refused_in_words(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page, who = priya.get(url(app)), related_ref(app, "Sam", DANA)
    send(priya, page, f'form:has(input[value="{who}"])')
    again = send(priya, page, f'form:has(input[value="{who}"])')

    assert again.status_code == 200
    assert len(rows(app, select(RecordEntry.id).where(RecordEntry.act == Act.STOPPED))) == 1


def test_how_they_asked_must_be_one_of_three(app: Flask, sign_in: SignIn) -> None:
    answer = stop(app, sign_in(PRIYA), ALEX, how="a hunch")

    assert answer.status_code == 200
    assert "Choose how they asked" in answer.text
    assert soup(answer).select_one("details[open]") is not None


def test_somebody_elses_relative_cannot_be_stopped_from_this_page(app: Flask, sign_in: SignIn) -> None:
    robins = related_ref(app, ROBIN.given_name, DANA)
    answer = stop(app, sign_in(PRIYA), who=robins)

    assert answer.status_code == 404
    assert sees(app, DANA, patient_id(app, SAM)) != set()


# Pause, and the sessions that stay


def test_all_sharing_is_paused_when_they_ask(app: Flask, sign_in: SignIn) -> None:
    answer = submit(sign_in(PRIYA), url(app), 'form[action$="/pause"]')

    assert answer.status_code == 303
    assert sees(app, DANA, patient_id(app, SAM)) == sees(app, ALEX, patient_id(app, SAM)) == set()
    assert mail_to(app, SAM) == [("sharing_changed", None, None)]


def test_what_is_paused_offers_no_pause_and_no_way_on(app: Flask, sign_in: SignIn) -> None:
    page = sign_in(PRIYA).get(url(app, "Quinn"))

    assert "Only Quinn can start it again." in soup(page).get_text()
    assert soup(page).select('form[action$="/pause"], form[action*="resume"]') == []


@pytest.mark.both_databases
def test_after_a_stop_the_session_to_come_is_kept_or_cancelled(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    assert "Cancel it" not in priya.get(url(app)).text
    stop(app, priya)
    page = priya.get(url(app))
    assert "Family session on Tuesday, November 24, 5:30 PM to 6:20 PM, Ben Osei with Dana Rivera" in page.text

    assert send(priya, page, 'form[action$="/keep"]').status_code == 303
    page = priya.get(url(app))
    assert "Sam keeps it." in page.text
    assert soup(page).select('form[action$="/keep"]') == []
    line = rows(app, select(RecordEntry).where(RecordEntry.act == Act.KEPT))[0]
    assert (line.door, line.account_id) == ("staff", account_of(app, PRIYA))

    assert send(priya, page, 'form[action$="/cancel"]').status_code == 303
    assert "Cancel it" not in priya.get(url(app)).text
    cancelled = rows(app, select(Appointment).where(Appointment.status == "cancelled"))[0]
    assert cancelled.cancelled_by == "clinic"
    line = rows(app, select(RecordEntry).where(RecordEntry.act == Act.CANCELLED))[0]
    assert (line.door, line.account_id) == ("staff", account_of(app, PRIYA))


# Never more


def test_no_door_of_the_clinic_widens_extends_or_resumes(app: Flask) -> None:
    """Everything the care team and the privacy office can send, by name. A new one has to be thought about here."""
    can_be_sent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and re.match(r"staff\.sharing\.|privacy_office\.", rule.endpoint)
    }

    assert can_be_sent >= {"staff.sharing.stop", "staff.sharing.pause", "privacy_office.holds.place"}
    assert not [one for one in can_be_sent if re.search(r"resume|sign|extend|widen|renew|share_|turn_on", one)]


def test_whatever_staff_send_from_these_pages_nobody_sees_more(app: Flask, sign_in: SignIn) -> None:
    """Every form on the pages of every patient of the cast, sent once by the care team."""
    priya = sign_in(PRIYA)
    before = {name: shared(app, name) for name in ("Sam", "Robin", "Quinn", "Wren", "Gil")}
    for name in before:
        page = priya.get(url(app, name))
        for form in soup(page).select("main form[method=post]"):
            fields = {"how": "phone"} | {
                str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")
            }
            assert priya.post(str(form["action"]), data=fields).status_code in (200, 303)
    after = {name: shared(app, name) for name in before}

    assert all(after[name] <= before[name] for name in before)
    assert after["Sam"] < before["Sam"]


def shared(app: Flask, name: str) -> set[tuple[int, str]]:
    from flask import g

    from portal.consent.live import LIVE, joined
    from portal.db import session

    with app.app_context():
        g.reading = True
        found = session().execute(joined(ConsentScope.id, ConsentScope.scope).where(LIVE, Patient.given_name == name))
        return {(int(row[0]), str(row[1])) for row in found}  # type: ignore[call-overload]


# What was signed


def test_each_form_says_how_by_whom_until_when_and_what_it_lacks(app: Flask, sign_in: SignIn) -> None:
    page = sign_in(PRIYA).get(url(app))

    dana = card(page, "Dana Rivera, My mom")
    assert "Sees what is shared" in dana
    assert "Here, by typing the name, Monday, November 16, 2026 · Sam Rivera · until Friday, February 12, 2027" in dana
    assert "It does not say why." in card(page, INCOMPLETE.person.name)
    assert "On paper" in card(page, UNVERIFIED.person.name)
    assert "A second person has to check the form." in card(page, UNVERIFIED.person.name)
    alex = card(page, "Alex Rivera")
    assert "until leaving the program, and never after Saturday, March 13, 2027" in alex


def test_invalid_is_said_in_other_words_than_stopped_and_offers_no_stop(app: Flask, sign_in: SignIn) -> None:
    words = card(sign_in(PRIYA).get(url(app)), INVALID.person.name)

    assert "marked invalid" in words
    assert "Stop" not in words


def test_both_signatures_of_a_minor_are_named(app: Flask, sign_in: SignIn) -> None:
    assert "Maya Delgado, Rosa Delgado, parent or guardian" in card(sign_in(BEN).get(url(app, "Maya")), "Rosa Delgado")


def test_the_signed_words_can_be_read_and_that_is_on_record(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = priya.get(f"{url(app)}/forms/{consent_of(app, DANA).ref}")

    assert "Signed by Sam Rivera for Dana Rivera." in soup(page).get_text()
    assert ("form", "Sam") in looks_of(app, PRIYA)


def test_another_patients_form_is_not_found_here(app: Flask, sign_in: SignIn) -> None:
    assert sign_in(PRIYA).get(f"{url(app, 'Robin')}/forms/{consent_of(app, DANA).ref}").status_code == 404


def test_a_large_family_asks_no_more_questions(app: Flask, sign_in: SignIn) -> None:
    priya, counts = sign_in(PRIYA), []
    for name in ("Sam", "Robin"):
        priya.get(url(app, name))
        with questions_to_the_database(app) as asked:
            priya.get(url(app, name))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_why_somebody_is_on_hold_is_not_told_to_the_care_team(app: Flask, sign_in: SignIn) -> None:
    reasons = rows(app, select(Hold.reason))
    page = sign_in(PRIYA).get(url(app)).text

    assert "On hold. Ask the privacy officer." in page
    assert not [reason for reason in reasons if reason in page]


# Wishes


def test_a_wish_is_written_down_once_and_waits(app: Flask, sign_in: SignIn) -> None:
    priya = sign_in(PRIYA)
    page = priya.get(url(app) + "/wish")
    for _ in range(2):
        answer = send(priya, page, wish="Do not tell my dad.", asked_at="2026-11-20T10:00")
        assert (answer.status_code, answer.location) == (303, url(app))

    kept = rows(app, select(RestrictionRequest))
    assert [(one.wish, one.asked_at) for one in kept] == [
        ("Do not tell my dad.", dt.datetime.fromisoformat("2026-11-20T10:00:00-06:00"))
    ]
    assert "Do not tell my dad." in priya.get(url(app)).text


def test_a_wish_without_words_is_asked_for_again(app: Flask, sign_in: SignIn) -> None:
    answer = submit(sign_in(PRIYA), url(app) + "/wish", wish=" ", asked_at="2026-11-20T10:00")

    assert answer.status_code == 200
    assert "Write what they ask for, in their words" in answer.text
    assert soup(answer).select_one("input[value='2026-11-20T10:00']") is not None


def test_a_wish_can_be_read_by_the_patient(app: Flask, sign_in: SignIn, clock: Clock) -> None:
    submit(sign_in(PRIYA), url(app) + "/wish", wish="Do not tell my dad.")

    page = soup(sign_in(SAM).get("/me/safety")).get_text()
    assert "“Do not tell my dad.”" in page
    assert "You asked on Monday, November 23. We have not answered yet." in page
    assert "Do not tell my dad." not in sign_in(ROBIN).get("/me/safety").text
