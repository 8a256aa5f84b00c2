"""The table of doors: which endpoint stands behind which, and who may walk through.

A new page is written here in the line of its door; until it is, the build fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import SignIn
from tests.house.addresses import MADE_UP, NOWHERE, every_rule, filled, methods, own_labels, stored_labels
from tests.house.answers import face
from tests.house.people import ROLES, browser_of, token_for

FAMILY, PATIENT, STAFF, PRIVACY, ADMIN, ANYBODY = "family", "patient", "staff", "privacy office", "clinic IT", "anybody"

DOORS: dict[str, str] = {
    ANYBODY: """
        healthz readyz security.login security.logout security.forgot_password security.reset_password
        security.verify security.static
        front_door.home.go front_door.home.signed_out front_door.language.switch front_door.leave.away
        front_door.stay.stay front_door.email_works.again
        front_door.new_password.ask front_door.new_password.sent front_door.robots.txt
        front_door.guides.page front_door.guides.read front_door.guides.mark
        front_door.guides.keep_place front_door.guides.begin_again front_door.guide_answers.page
        front_door.courses.page front_door.courses.read front_door.courses.done front_door.courses.tell
        front_door.help.page front_door.help.now front_door.help.privacy front_door.help.accessibility
        front_door.offline.worker
        front_door.email_address.page front_door.email_address.sent
        front_door.email_address.take_up front_door.email_address.done
        front_door.unsubscribe.page front_door.unsubscribe.done front_door.calendar.feed
        front_door.invitation.begin front_door.invitation.sign_in front_door.invitation.how_this_works
        front_door.invitation.add front_door.invitation.sign_in_first
        front_door.invitation.address front_door.invitation.address_sent
    """,
    FAMILY: """
        family.home.page family.schedule.page family.schedule.month family.sheet.page
        family.calendar.page family.calendar.weeks family.calendar.one
        family.feed.page family.feed.make family.feed.end family.settings.time_zone
        family.sessions.page family.sessions.details family.sessions.booked family.sessions.cancel
        family.sessions.join family.sessions.answer family.moving.time family.moving.check
        family.classes.page family.classes.details family.classes.sign_up family.classes.leave
        family.waiting.page family.waiting.change family.waiting.leave
        family.booking.start family.booking.who family.booking.time family.booking.check
        family.updates.page family.updates.read family.shared.everyone family.shared.page
        family.ask.page family.ask.thank_you family.settings.page family.settings.emails
    """,
    PATIENT: """
        patient.home.page patient.home.weeks patient.sharing.page patient.sharing.pause patient.sharing.resume
        patient.questions.begin patient.questions.who patient.questions.what patient.questions.emails
        patient.questions.until patient.questions.throw_away
        patient.signing.check patient.signing.sign patient.signing.done
        patient.people.page patient.people.more patient.less.stop patient.less.turn_off patient.less.sooner
        patient.less.say_less patient.copies.page patient.copies.form
        patient.sharing.remind patient.sharing.stop_everything
        patient.questions.parent patient.signing.second patient.signing.sign_second
        patient.sessions.keep patient.sessions.cancel patient.sessions.answer patient.sessions.ask
        patient.sessions.asks_first patient.updates.page patient.updates.read
        patient.requests.never_again patient.requests.let_ask
        patient.preview.home patient.preview.schedule patient.preview.sessions patient.preview.updates
        patient.preview.read patient.looks.page patient.schedule.page
        patient.schedule.hide patient.schedule.show patient.sessions.page
        patient.requests.page patient.requests.say_no patient.safety.page patient.emails.page
    """,
    STAFF: """
        staff.today.page staff.today.day staff.people.page staff.people.search staff.people.person
        staff.sharing.page staff.sharing.stop staff.sharing.pause staff.sharing.cancel staff.sharing.keep
        staff.sharing.form staff.sharing.wish staff.sharing.write_down staff.leaving.page staff.leaving.leave
        staff.paper.write staff.paper.keep staff.paper.page staff.paper.check staff.paper.throw_out
        staff.paper_prints.copy staff.paper_prints.corrected staff.scans.read staff.scans.keep
        staff.timetable.page staff.day_sheet.page staff.series.page staff.series.more staff.series.end
        staff.session_editor.new staff.session_editor.add staff.session_editor.draft staff.session_editor.go_on
        staff.session_editor.throw_away staff.session_editor.say
        staff.one_session.page staff.one_session.change staff.one_session.send_change
        staff.one_session.call_off staff.one_session.bring_back
        staff.courses.page staff.courses.new staff.courses.one staff.courses.move staff.courses.take_out
        staff.courses.add staff.courses.name_stages
        staff.classes.page staff.classes.new staff.classes.one staff.classes.call_off staff.classes.bring_back
        staff.waitlist.page staff.closures.page staff.closures.close staff.closures.withdraw
        staff.bookings.page staff.bookings.one staff.bookings.answer staff.bookings.place
        staff.booking_changes.cancel staff.booking_changes.move staff.booking_changes.new
        staff.availability.page staff.availability.whose
        staff.posting.write staff.posting.change staff.posting.recipients staff.posting.nothing_to_check
        staff.posting.check staff.posting.post staff.updates.page staff.updates.read staff.mail.page staff.mail.again
        staff.update_changes.write staff.update_changes.change staff.update_changes.nothing_to_check
        staff.update_changes.check staff.update_changes.correct staff.update_changes.why staff.update_changes.withdraw
        staff.update_plans.read staff.update_plans.post_now staff.update_plans.drop staff.update_plans.write
        staff.update_plans.change staff.update_drafts.save staff.update_drafts.throw_away
        staff.invitations.page staff.invitations.choose staff.invitations.new staff.invitations.made
        staff.invitations.letter staff.invitations.again staff.invitations.end
        staff.guides.page staff.guides.reviewed staff.guides.take_down staff.guides.put_back
        staff.guide_editor.new staff.guide_editor.edit staff.guide_editor.preview staff.guide_editor.start
        staff.guide_editor.throw_away staff.guide_versions.page staff.guide_versions.bring_back
        staff.guide_versions.take_over staff.guide_versions.leave
    """,
    PRIVACY: """
        privacy_office.activity.page
        privacy_office.holds.page privacy_office.holds.person privacy_office.holds.place privacy_office.holds.release
        privacy_office.holds.search privacy_office.invalid.page privacy_office.invalid.consent
        privacy_office.invalid.mark privacy_office.restrictions.page privacy_office.restrictions.wish
        privacy_office.restrictions.decide privacy_office.restrictions.end
    """,
    ADMIN: "it.health.page",
}

MAY_WALK_THROUGH: dict[str, set[str]] = {
    "anonymous": {ANYBODY},
    "relative with sharing": {ANYBODY, FAMILY},
    "relative with none": {ANYBODY, FAMILY},
    "patient": {ANYBODY, PATIENT},
    "patient who is also a relative": {ANYBODY, PATIENT, FAMILY},
    "coordinator": {ANYBODY, STAFF},
    "therapist": {ANYBODY, STAFF},
    "privacy officer": {ANYBODY, PRIVACY},
    "admin": {ANYBODY, ADMIN},
}

# What a page may answer to those whom its door lets in: shown, nothing to show, moved on, form too old, not there.
INSIDE = {200, 204, 302, 303, 400, 404}


def door_of(endpoint: str) -> str | None:
    """The door an endpoint is declared to stand behind."""
    return next((door for door, endpoints in DOORS.items() if endpoint in endpoints.split()), None)


def declared() -> list[str]:
    """Every endpoint of the table."""
    return [endpoint for endpoints in DOORS.values() for endpoint in endpoints.split()]


def broken_locks(app: Flask, sign_in: SignIn, roles: Collection[str] = tuple(ROLES)) -> Iterator[str]:
    """Every door that lets somebody in who has no business there, or keeps out somebody who has.

    Pages are asked for before anything is sent, so that what one role does hides nothing from the next.
    What they answer to labels of everybody's rows is looked at elsewhere; what is sent about them, here.
    """
    stored = [label for labels in stored_labels(app).values() for label in labels[:1]]
    for method in ("GET", "POST"):
        for role in roles:
            person = ROLES[role]
            labels = [MADE_UP, *stored[:2], *(own_labels(app, person, stored) if person else [])]
            to_all = {"GET": labels[:4], "POST": labels}
            asker = _Asker(app, sign_in, role)
            nowhere = asker.ask(method, NOWHERE)
            for rule in every_rule(app):
                door = door_of(rule.endpoint)
                if door is None or method not in methods(rule):
                    continue
                may = door in MAY_WALK_THROUGH[role]
                for address in filled(app, rule, to_all[method] if may else labels[1:2]):
                    answer = asker.ask(method, address)
                    wrong = _inside(answer) if may else _outside(answer, role, nowhere)
                    if wrong:
                        yield f"{method} {address} ({rule.endpoint}, {door}) as {role}: {wrong}"


class _Asker:
    """Somebody who asks for one address after the other; when an answer changes their cookie they sign in again."""

    def __init__(self, app: Flask, sign_in: SignIn, role: str) -> None:
        self.new_browser = lambda: browser_of(app, sign_in, ROLES[role])
        self.browser = self.new_browser()
        self.token = token_for(app)

    def ask(self, method: str, address: str) -> TestResponse:
        if method == "GET":
            return self.browser.get(address)
        answer = self.browser.open(address, method=method, data={"csrf_token": self.token})
        if "Set-Cookie" in answer.headers:  # perhaps it signed them out
            self.browser = self.new_browser()
        return answer


def _inside(answer: TestResponse) -> str:
    return "" if answer.status_code in INSIDE else f"answered {answer.status_code}"


def _outside(answer: TestResponse, role: str, nowhere: TestResponse) -> str:
    if role == "anonymous":
        to = answer.headers.get("Location", "")
        return "" if answer.status_code == 303 and to == "/sign-in" else f"{answer.status_code}, not 303 to /sign-in"
    if face(answer) != face(nowhere):
        return f"{answer.status_code}, and not the same “no” as for an address that does not exist"
    return ""
