"""Accept an invitation: three steps, once, for one person; and nothing to learn for anybody else."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from portal.cast import DANA, JO, MAYA, NOT_ACCEPTED, PASSWORD, PRIYA, ROBIN, SAM, Cast, Person
from portal.consent.invitations import link_of
from portal.consent.scopes import Scope
from portal.db import db, session
from portal.models import Account, Act, HowInvited, Invitation, OutgoingEmail, Patient, RecordEntry, RelatedPerson
from portal.models import Relative as RelativeRow
from portal.services import consents, invitations
from portal.services.invitation_codes import code_of
from portal.services.invitations import Wish
from tests.browser_form import filled, send, soup, submit
from tests.conftest import MORNING, Clock, SignIn, at_the_clinic
from tests.front_door.test_sign_in import try_to_sign_in

NEW = "seven green kettles sing"
KAY = Person("kay@example.org", "Kay", "Rivera", "Sam’s sister")
ENDED = "This invitation has ended. Invitations last 14 days and work once. Call 555-0100 for a new one."
WRONG = "TULIP-HARBOR-0000"
NAMES = ("Sam", "Robin", "Rivera", "Kay", "sister", "Riverbend Recovery")


@dataclass(frozen=True)
class Sent:
    """An invitation as the one who is invited holds it in two hands."""

    id: int
    ref: str
    link: str
    code: str
    birth_year: int = 1980


def a_signed_form_for(app: Flask, person: Person, patient: Person = SAM) -> int:
    """A consent in force for somebody who has no sign-in yet."""
    with app.app_context(), db.sessionmaker.begin() as rows:
        whose = rows.scalars(select(Patient).join(Account).where(Account.email == patient.email)).one()
        named = RelatedPerson(
            patient_id=whose.id, name=person.name, email=person.email, relation="A friend", known_as=whose.given_name
        )
        rows.add(named)
        rows.flush()
        parent = {"parent_signer_name": "Rosa Delgado"} if patient == MAYA else {}
        Cast(rows, MORNING).consent(named, (Scope.TIMES,), **parent)
        return named.id


def invited(
    app: Flask,
    person: Person = KAY,
    how: HowInvited = HowInvited.EMAIL,
    patient: Person | None = SAM,
    language: str = "en",
) -> Sent:
    """Priya invites somebody; without a patient, for learning only."""
    person_id = a_signed_form_for(app, person, patient) if patient else None
    with at_the_clinic(app):
        by = session().scalars(select(Account).where(Account.email == PRIYA.email)).one().staff
        assert by is not None
        made = invitations.invite(Wish(person_id, person.name, person.email, 1980, language, how), by=by)
        return Sent(made.id, made.ref, link_of(made), code_of(made))


def open_it(client: FlaskClient, sent: Sent, **other: object) -> TestResponse:
    return submit(client, sent.link, **({"code": sent.code, "birth_year": str(sent.birth_year)} | other))


def take_all_steps(client: FlaskClient, sent: Sent, **other: object) -> TestResponse:
    answer = open_it(client, sent)
    assert answer.location == "/invite/sign-in", answer.location
    answer = submit(client, "/invite/sign-in", **({"alone": "yes", "password": NEW, "language": "en"} | other))
    assert answer.location == "/invite/how-this-works", soup(answer).text
    return submit(client, "/invite/how-this-works")


def row(app: Flask, sent: Sent) -> Invitation:
    with app.app_context():
        g.reading = True
        found = session().get_one(Invitation, sent.id)
        session().expunge(found)
        return found


def how_many(app: Flask, what: type) -> int:
    with app.app_context():
        g.reading = True
        return session().scalar(select(func.count()).select_from(what)) or 0


def related(app: Flask, email: str) -> list[tuple[int, bool]]:
    """For each patient, whether the person with this address has accepted."""
    with app.app_context():
        g.reading = True
        rows = session().scalars(select(RelatedPerson).where(RelatedPerson.email == email).order_by(RelatedPerson.id))
        return [(one.patient_id, one.accepted_at is not None) for one in rows]


# The whole way


def test_kay_gets_in_with_link_code_and_year_and_sees_what_sam_shares(app: Flask) -> None:
    client, sent = app.test_client(), invited(app)
    answer = take_all_steps(client, sent, alone="no", language="es")

    assert (answer.status_code, answer.location) == (303, "/home")
    home = client.get("/home")
    assert home.status_code == 200
    assert 'lang="es"' in home.text
    assert "Sam" in home.text
    with app.app_context():
        g.reading = True
        account = session().scalars(select(Account).where(Account.email == KAY.email)).one()
        assert account.relative is not None
        assert (account.shares_mailbox, account.language) == (True, "es")
        assert (account.relative.name, account.relative.birth_year) == ("Kay Rivera", 1980)
    assert try_to_sign_in(app.test_client(), KAY.email, NEW).status_code == 303


def test_accepting_is_on_record_and_the_one_who_shares_hears_that_something_was_saved(app: Flask) -> None:
    take_all_steps(app.test_client(), invited(app))

    with app.app_context():
        g.reading = True
        entry = session().scalars(select(RecordEntry).where(RecordEntry.act == Act.ACCEPTED)).one()
        assert entry.related_person_id is not None
        last = session().scalars(select(OutgoingEmail).order_by(OutgoingEmail.id.desc()).limit(1)).one()
        sam = session().scalars(select(Account).where(Account.email == SAM.email)).one()
        assert (last.message, last.account_id) == ("sharing_changed", sam.id)


def test_nothing_is_stored_before_the_last_button(app: Flask) -> None:
    before = how_many(app, Account), how_many(app, RelativeRow)
    client, sent = app.test_client(), invited(app)
    open_it(client, sent)
    submit(client, "/invite/sign-in", alone="yes", password=NEW, language="en")

    assert (how_many(app, Account), how_many(app, RelativeRow)) == before
    assert related(app, KAY.email)[0][1] is False


def test_nobody_is_named_before_the_last_button(app: Flask) -> None:
    client, sent = app.test_client(), invited(app)
    pages = [client.get(sent.link), client.get("/invite")]
    open_it(client, sent)
    pages.append(client.get("/invite/sign-in"))
    submit(client, "/invite/sign-in", alone="yes", password=NEW, language="en")
    pages.append(client.get("/invite/how-this-works"))

    for page in pages:
        assert page.status_code == 200
        assert [name for name in NAMES if re.search(rf"\b{name}\b", page.text)] == []


def test_the_cookie_between_the_steps_holds_neither_password_nor_its_hash(app: Flask) -> None:
    client, sent = app.test_client(), invited(app)
    open_it(client, sent)
    submit(client, "/invite/sign-in", alone="yes", password=NEW, language="en")
    with client.session_transaction() as cookie:
        kept = str(dict(cookie))

    assert NEW not in kept
    assert "argon2" not in kept
    assert sent.code not in kept


def test_a_learner_gets_the_neutral_home_and_no_patient_hears_of_it(app: Flask) -> None:
    client, sent = app.test_client(), invited(app, Person("lia@example.org", "Lia", "Moss", ""), patient=None)
    take_all_steps(client, sent)

    assert "Nothing is shared with you right now" in client.get("/home").text
    assert client.get("/guides").status_code == 200


def test_a_letter_is_typed_in_any_case_and_a_code_that_was_read_out_needs_no_link(app: Flask) -> None:
    on_paper = invited(app, Person("pia@example.org", "Pia", "Moss", ""), HowInvited.LETTER)
    assert re.fullmatch(r"/invite/[2-9b-z]{4}-[2-9b-z]{4}-[2-9b-z]{4}", on_paper.link)
    typed = on_paper.link.replace("/invite/", "").upper().replace("-", " ")
    client = app.test_client()
    answer = submit(client, f"/invite/{typed}", code=on_paper.code.lower().replace("-", " "), birth_year="1980")
    assert answer.location == "/invite/sign-in"

    by_voice = invited(app, Person("rae@example.org", "Rae", "Moss", ""), HowInvited.READ_OUT)
    answer = submit(app.test_client(), "/invite", code=by_voice.code, birth_year="1980")
    assert answer.location == "/invite/sign-in"


def test_the_code_of_an_emailed_invitation_opens_nothing_without_its_link(app: Flask) -> None:
    sent = invited(app)

    assert ENDED in submit(app.test_client(), "/invite", code=sent.code, birth_year="1980").text


# No address known


def no_address(app: Flask, person: Person = KAY) -> Sent:
    return invited(app, Person("", person.name, "", ""), HowInvited.LETTER)


def sent_on(app: Flask) -> list[tuple[str | None, bool]]:
    """Addresses to which an invitation was sent on, and whether it opens anything."""
    with app.app_context():
        g.reading = True
        rows = session().scalars(select(Invitation).where(Invitation.how == "email").order_by(Invitation.id))
        return [(one.email, one.ended_at is None) for one in rows]


def test_kay_types_in_her_address_and_goes_on_from_her_mailbox_with_the_same_code(app: Flask) -> None:
    client, paper = app.test_client(), no_address(app)
    assert open_it(client, paper).location == "/invite/address"
    assert client.get("/invite/sign-in").location == "/invite/address"
    assert submit(client, "/invite/address", email=f" {KAY.email.upper()} ").location == "/invite/address/sent"
    assert "Now open your email" in client.get("/invite/address/sent").text
    with app.app_context():
        g.reading = True
        mailed = session().scalars(select(Invitation).where(Invitation.email == KAY.email)).one()
        last = session().scalars(select(OutgoingEmail).order_by(OutgoingEmail.id.desc()).limit(1)).one()
        assert (last.message, last.about_id) == ("invitation", mailed.id)
        by_email = Sent(mailed.id, mailed.ref, link_of(mailed), paper.code)

    assert take_all_steps(app.test_client(), by_email, alone="no").location == "/home"
    assert try_to_sign_in(app.test_client(), KAY.email, NEW).status_code == 303
    assert row(app, paper).ended_at is not None
    assert ENDED in open_it(app.test_client(), paper).text


def test_an_address_of_the_patient_the_staff_or_another_relative_gets_the_same_answer_and_no_email(app: Flask) -> None:
    paper, faces = no_address(app), set()
    for email in (SAM.email, PRIYA.email, DANA.email, "nobody@example.org"):
        client = app.test_client()
        open_it(client, paper)
        answer = submit(client, "/invite/address", email=email)
        text = client.get(answer.location).text.replace(email, "")
        faces.add((answer.status_code, answer.location, re.sub(r'name="csrf_token"[^>]*', "", text)))

    assert len(faces) == 1
    assert [opens for _, opens in sent_on(app)] == [False, False, False, True]


def test_five_addresses_are_enough_for_one_invitation(app: Flask) -> None:
    paper, client = no_address(app), app.test_client()
    open_it(client, paper)
    codes = [submit(client, "/invite/address", email=f"k{n}@example.org").status_code for n in range(6)]

    assert codes == [303] * 5 + [200]
    assert len(sent_on(app)) == 5


def test_an_address_that_is_none_is_said_beside_its_field(app: Flask) -> None:
    client = app.test_client()
    open_it(client, no_address(app))
    answer = submit(client, "/invite/address", email="kay at home")

    assert "Enter an email address like name@example.org" in soup(answer).select_one(".field-error").text  # type: ignore[union-attr]
    assert sent_on(app) == []


def test_a_learner_without_an_address_leaves_no_second_invitation_open(app: Flask) -> None:
    with at_the_clinic(app):
        by = session().scalars(select(Account).where(Account.email == PRIYA.email)).one().staff
        assert by is not None
        made = invitations.invite(Wish(None, "Lia Moss", "", 1980, "en", HowInvited.READ_OUT), by=by)
        voice = Sent(made.id, made.ref, "/invite", code_of(made))
    client = app.test_client()
    open_it(client, voice)
    submit(client, "/invite/address", email="lia@example.org")
    with app.app_context():
        g.reading = True
        mailed = session().scalars(select(Invitation).where(Invitation.email == "lia@example.org")).one()
        by_email = Sent(mailed.id, mailed.ref, link_of(mailed), voice.code)
    take_all_steps(app.test_client(), by_email)

    assert row(app, voice).ended_at is not None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"alone": None}, "Choose who can open this mailbox"),
        ({"password": "short one"}, "Use at least 12 letters or numbers"),
        ({"password": "passwordpassword"}, "That one is easy to guess. Try three short words."),
        ({"password": ""}, "Choose a password"),
        ({"language": "xx"}, "Choose a language"),
    ],
)
def test_the_second_step_says_what_is_missing(app: Flask, typed: dict[str, str | None], sentence: str) -> None:
    client, sent = app.test_client(), invited(app)
    open_it(client, sent)
    answer = submit(client, "/invite/sign-in", **({"alone": "yes", "password": NEW, "language": "en"} | typed))

    assert answer.status_code == 200
    assert sentence in soup(answer).select_one(".error-summary").text  # type: ignore[union-attr]


def test_a_letter_in_spanish_leads_to_pages_in_spanish(app: Flask) -> None:
    client, sent = app.test_client(), invited(app, language="es")
    assert sent.link.endswith("?lang=es")
    assert 'lang="es"' in client.get(sent.link).text
    open_it(client, sent)

    assert 'lang="es"' in client.get("/invite/sign-in").text


# Reading spends nothing


def test_two_hundred_looks_by_a_mail_scanner_spend_nothing(app: Flask) -> None:
    sent = invited(app)
    before = vars(row(app, sent)).copy()
    for _ in range(200):
        assert app.test_client().get(sent.link).status_code == 200
    after = vars(row(app, sent)).copy()

    before.pop("_sa_instance_state"), after.pop("_sa_instance_state")
    assert before == after
    assert take_all_steps(app.test_client(), sent).location == "/home"


def test_the_page_of_a_link_asks_the_database_nothing_about_invitations(app: Flask) -> None:
    sent = invited(app)

    said = _statements(app, lambda: app.test_client().get(sent.link))
    assert [one for one in said if "invitation" in one or "related_person" in one] == []


# One face for wrong, used, old, ended and unknown


def test_wrong_used_old_ended_and_unknown_look_the_same_byte_for_byte(app: Flask, clock: Clock) -> None:
    used = invited(app, Person("una@example.org", "Una", "Moss", ""))
    take_all_steps(app.test_client(), used)
    old = invited(app, Person("olga@example.org", "Olga", "Moss", ""))
    ended = invited(app, Person("ed@example.org", "Ed", "Moss", ""))
    with at_the_clinic(app):
        by = session().scalars(select(Account).where(Account.email == PRIYA.email)).one().staff
        assert by is not None
        invitations.end(ended.ref, by=by)
    clock.forward(days=14, minutes=1)
    wrong = invited(app, Person("wim@example.org", "Wim", "Moss", ""))
    unknown = Sent(0, "", "/invite/" + "x" * 43, wrong.code)

    def face(sent: Sent, code: str, year: str) -> str:
        answer = submit(app.test_client(), sent.link, code=code, birth_year=year)
        assert answer.status_code == 200
        assert ENDED in answer.text
        text = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", answer.text)
        return text.replace(sent.link, "/invite/…").replace(code, "the code")

    faces = {
        face(used, used.code, "1980"),
        face(old, old.code, "1980"),
        face(ended, ended.code, "1980"),
        face(unknown, unknown.code, "1980"),
        face(wrong, WRONG, "1980"),
    }
    assert len(faces) == 1


@pytest.mark.both_databases
def test_a_known_and_an_unknown_link_ask_the_same_questions(app: Flask) -> None:
    sent = invited(app)
    work = []
    for link, code, year in (
        (sent.link, WRONG, "1980"),
        (sent.link, sent.code, "1981"),
        ("/invite/" + "x" * 43, sent.code, "1980"),
    ):
        client = app.test_client()
        address, values = filled(client.get(link), code=code, birth_year=year)
        work.append(_statements(app, lambda: client.post(address, data=values)))  # noqa: B023

    assert work[0] == work[1] == work[2]
    assert any("UPDATE invitation" in one for one in work[0])


def test_the_fifth_wrong_try_ends_it_though_every_answer_was_a_refusal(app: Flask) -> None:
    sent = invited(app)
    for number in range(1, 5):
        assert ENDED in open_it(app.test_client(), sent, birth_year="1981").text
        assert (row(app, sent).wrong_tries, row(app, sent).ended_at) == (number, None)
    assert ENDED in open_it(app.test_client(), sent, code=WRONG).text
    assert row(app, sent).ended_at is not None

    assert ENDED in open_it(app.test_client(), sent).text


def test_four_wrong_tries_leave_the_fifth_for_the_right_one(app: Flask) -> None:
    sent = invited(app)
    for _ in range(4):
        open_it(app.test_client(), sent, birth_year="1981")

    assert take_all_steps(app.test_client(), sent).location == "/home"


def test_what_was_typed_badly_costs_no_try(app: Flask) -> None:
    sent = invited(app)
    for typed in ({"code": ""}, {"birth_year": "80"}, {"birth_year": "in 1980"}):
        assert "There is a problem" in open_it(app.test_client(), sent, **typed).text

    assert row(app, sent).wrong_tries == 0


# How long


def test_it_lasts_two_weeks_and_opening_it_gives_two_more_but_never_over_a_month(app: Flask, clock: Clock) -> None:
    sent = invited(app)
    clock.forward(days=13)
    open_it(app.test_client(), sent)
    clock.forward(days=13)
    open_it(app.test_client(), sent)
    clock.forward(days=3, hours=23)
    assert open_it(app.test_client(), sent).status_code == 303
    clock.forward(hours=2)

    assert ENDED in open_it(app.test_client(), sent).text


def test_an_invitation_that_nobody_opens_ends_after_two_weeks(app: Flask, clock: Clock) -> None:
    sent = invited(app)
    clock.forward(days=14)

    assert ENDED in open_it(app.test_client(), sent).text


# Once


@pytest.mark.both_databases
def test_a_hundred_who_accept_at_once_make_one_account(app: Flask) -> None:
    from portal.services import accepting
    from portal.services.accepting import NewSignIn

    sent = invited(app)
    before = how_many(app, Account)

    def accept(_: int) -> str:
        from portal.db import commit
        from portal.errors import Refused

        with app.test_request_context():
            try:
                accepting.accept(sent.ref, account=None, sign_in=NewSignIn("a hash", False, "en"))
                commit()
            except Refused:
                return "refused"
            return "in"

    with ThreadPoolExecutor(10) as crowd:
        outcomes = list(crowd.map(accept, range(100)))

    assert sorted(set(outcomes)) == ["in", "refused"]
    assert outcomes.count("in") == 1
    assert how_many(app, Account) == before + 1


def test_two_windows_with_the_same_invitation_let_one_in(app: Flask) -> None:
    sent = invited(app)
    first, second = app.test_client(), app.test_client()
    for client in (first, second):
        open_it(client, sent)
        submit(client, "/invite/sign-in", alone="yes", password=NEW, language="en")
    page = second.get("/invite/how-this-works")

    assert submit(first, "/invite/how-this-works").location == "/home"
    late = send(second, page)
    assert late.location in ("/invite", "/invite/sign-in-first")
    assert second.get("/home").location == "/sign-in"


# Less sharing ends it


@pytest.mark.parametrize("less", ["stop", "pause", "narrow"])
def test_stopping_pausing_and_turning_everything_off_end_what_was_sent(app: Flask, less: str) -> None:
    sent = invited(app)
    client = app.test_client()
    open_it(client, sent)
    with at_the_clinic(app):
        kay = session().scalars(select(RelatedPerson).where(RelatedPerson.email == KAY.email)).one()
        if less == "stop":
            consents.stop(kay.patient_id, kay.id)
        elif less == "pause":
            consents.pause(kay.patient_id)
        else:
            consents.narrow(kay.patient_id, kay.id, Scope.TIMES)

    assert row(app, sent).ended_at is not None
    assert ENDED in open_it(app.test_client(), sent).text
    assert client.get("/invite/sign-in").location == "/invite"
    with app.app_context():
        g.reading = True
        mail = session().scalars(select(OutgoingEmail).where(OutgoingEmail.message == "invitation")).one()
        assert mail.outcome == "withheld"


# Those who have a sign-in already


def test_a_mother_of_two_keeps_one_account_and_neither_hears_of_the_other(app: Flask, sign_in: SignIn) -> None:
    sent = invited(app, DANA, patient=MAYA)
    client = sign_in(DANA)
    accounts = how_many(app, Account)
    page = client.get(sent.link)
    assert "Add this invitation to your account?" in page.text
    assert "Maya" not in page.text
    assert open_it(client, sent).location == "/invite/add"
    assert "Maya" not in client.get("/invite/add").text

    assert submit(client, "/invite/add").location == "/home"
    assert how_many(app, Account) == accounts
    assert all(accepted for _, accepted in related(app, DANA.email))
    assert len(related(app, DANA.email)) == 3
    assert "Maya" in client.get("/home").text
    for patient in (SAM, ROBIN):
        assert "Maya" not in sign_in(patient).get("/me/sharing").text


def test_a_known_address_looks_like_a_new_one_until_the_right_code(app: Flask) -> None:
    known, new = invited(app, DANA, patient=MAYA), invited(app)
    faces = []
    for sent in (known, new):
        answer = open_it(app.test_client(), sent, code=WRONG)
        text = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", answer.text)
        faces.append((answer.status_code, text.replace(sent.link, "")))

    assert faces[0] == faces[1]
    assert open_it(app.test_client(), known).location == "/invite/sign-in-first"


def test_who_has_a_sign_in_signs_in_and_goes_on_where_they_were(app: Flask) -> None:
    sent = invited(app, DANA, patient=MAYA)
    client = app.test_client()
    open_it(client, sent)
    page = client.get("/invite/sign-in-first")
    assert "Sign in to go on" in page.text
    assert "Dana" not in page.text
    assert client.get("/invite/sign-in").location == "/invite/sign-in-first"

    try_to_sign_in(client, DANA.email, PASSWORD)
    assert client.get("/").location == "/invite/add"
    assert submit(client, "/invite/add").location == "/home"
    assert client.get("/").location == "/home"


@pytest.mark.parametrize("person", [SAM, PRIYA])
def test_who_is_signed_in_as_another_person_signs_out_first(app: Flask, sign_in: SignIn, person: Person) -> None:
    sent = invited(app)
    page = sign_in(person).get(sent.link)

    assert "You are signed in as another person" in page.text
    assert row(app, sent).wrong_tries == 0


def test_at_a_shared_computer_one_relative_does_not_get_what_is_meant_for_another(app: Flask, sign_in: SignIn) -> None:
    sent = invited(app)
    client = sign_in(JO)
    answer = open_it(client, sent)
    page = client.get(answer.location)

    assert "You are signed in as another person" in page.text
    assert related(app, KAY.email)[0][1] is False
    assert take_all_steps(app.test_client(), sent).location == "/home"


def test_a_relative_another_system_told_us_of_makes_a_password_and_stays_one_account(app: Flask) -> None:
    with at_the_clinic(app):
        account = session().scalars(select(Account).where(Account.email == NOT_ACCEPTED.person.email)).one()
        account.password = None
        person = session().scalars(select(RelatedPerson).where(RelatedPerson.email == account.email)).one()
        by = session().scalars(select(Account).where(Account.email == PRIYA.email)).one().staff
        assert by is not None
        made = invitations.invite(Wish(person.id, "", account.email, 1980, "en", HowInvited.EMAIL), by=by)
        sent = Sent(made.id, made.ref, link_of(made), code_of(made))
    accounts = how_many(app, Account)

    assert take_all_steps(app.test_client(), sent).location == "/home"
    assert how_many(app, Account) == accounts
    assert try_to_sign_in(app.test_client(), NOT_ACCEPTED.person.email, NEW).status_code == 303


def test_the_steps_end_an_hour_after_the_right_code(app: Flask, clock: Clock) -> None:
    client, sent = app.test_client(), invited(app)
    open_it(client, sent)
    clock.forward(hours=1, minutes=1)

    assert client.get("/invite/sign-in").location == "/invite"
    assert client.get("/invite/how-this-works").location == "/invite"
    assert take_all_steps(client, sent).location == "/home"


def _statements(app: Flask, act: object) -> list[str]:
    said: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        act()  # type: ignore[operator]
        event.remove(db.engine, "before_cursor_execute", note)
    return said
