"""Every screen worth a picture: its name, who looks, and how to get there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from playwright.sync_api import Page

from portal.cast import ALEX, BEN, DANA, JO, MAYA, PRIYA, ROBIN, ROSA, RUTH, SAM, TOMAS, Person

Step = Callable[[Page], None]


@dataclass(frozen=True)
class Screen:
    """One screen. `steps` click on from `path`; one that `changes` something is opened after the others."""

    name: str
    person: Person | None
    path: str
    steps: tuple[Step, ...] = ()
    changes: bool = False
    language: str = "en"
    pages_on_paper: int = 0


def _either(english: str, spanish: str) -> re.Pattern[str]:
    """A name in one of the two languages, for screens that are shown in both."""
    return re.compile(f"{english}|{spanish}")


def _continue(page: Page) -> None:
    page.get_by_role("button", name=_either("^Continue$", "^Continuar$")).click()


def _send_the_link(page: Page) -> None:
    page.get_by_role("button", name=_either("^Send me the link$", "^Enviarme el enlace$")).click()


def _first_link(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("link", name=re.compile(name)).first.click()


def _choose_time(page: Page) -> None:
    page.get_by_role("radio", name=re.compile("Online")).check()
    _continue(page)


def _check_booking(page: Page) -> None:
    page.locator("label.time:visible").first.click()
    _continue(page)


def _booked(page: Page) -> None:
    page.get_by_role("button", name="Book this session").click()


def _what(page: Page) -> None:
    page.locator("tr", has_text="Pat Rivera").get_by_role(
        "link", name=_either("Share again", "Compartir de nuevo")
    ).click()
    _continue(page)


def _emails(page: Page) -> None:
    page.get_by_role("checkbox", name=_either("Session times", "Horarios de sesiones")).check()
    _continue(page)


def _until(page: Page) -> None:
    page.get_by_role("radio", name=_either("something new", "algo nuevo")).check()
    _continue(page)


def _sign(page: Page) -> None:
    page.get_by_role("radio", name=_either("Until I leave", "Hasta que yo salga")).check()
    page.get_by_role("radio", name=_either("support me", "apoyarme")).check()
    _continue(page)


def _read_two_parts(page: Page) -> None:
    back = page.url
    for number in (1, 2):
        page.goto(urljoin(back, f"/courses/the-family-course/{number}"))
        if (done := page.get_by_role("button", name=re.compile("^Done"))).count():
            done.click()
    page.goto(back)


def _carry_on(page: Page) -> None:
    page.get_by_role("link", name="Carry on", exact=True).click()


def _keep_place(page: Page) -> None:
    page.get_by_label("Stopping here?").select_option(index=2)
    page.get_by_role("button", name="Keep my place").click()


def _foresee(page: Page) -> None:
    page.get_by_role("link", name=re.compile("will see")).click()


def _sooner(page: Page) -> None:
    page.get_by_role("link", name="Dana Rivera").first.click()
    page.get_by_role("link", name="End sooner").click()


def _parent_signs(page: Page) -> None:
    page.get_by_role("radio", name="Rosa Delgado").check()
    _continue(page)
    _continue(page)
    page.get_by_role("radio", name=_either("something new", "algo nuevo")).check()
    _continue(page)
    page.get_by_role("radio", name=_either("For 30 days", "Por 30 días")).check()
    page.get_by_role("radio", name=_either("support me", "apoyarme")).check()
    _continue(page)
    page.get_by_label(_either("Full name of your parent", "Nombre completo de su madre")).fill("Rosa Delgado")
    _continue(page)
    page.get_by_label(_either("Type your full name", "Escriba su nombre completo")).fill("Maya Delgado")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=_either("^Sign, then", "^Firmar; después")).click()


def _signed(page: Page) -> None:
    page.get_by_label(_either("Type your full name", "Escriba su nombre completo")).fill(SAM.name)
    page.get_by_role("checkbox", name=_either("because I want to", "porque quiero")).check()
    page.get_by_role("button", name=_either("Sign and share", "Firmar y compartir")).click()


def _unsigned(page: Page) -> None:
    page.get_by_role("button", name="Sign and share").click()


def _make_link(page: Page) -> None:
    page.get_by_role("button", name="Make a private link").click()


def _draft(page: Page) -> None:
    page.get_by_role("button", name="Save and finish later").click()


def open_signed_copy(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Dana Rivera")).first.click()
    page.locator("main a[href$='/copy']").first.click()
    page.wait_for_url("**/copy")


def _compose(page: Page) -> None:
    page.get_by_label("Who is it about").select_option(label=SAM.name)
    page.get_by_role("radio", name="How it is going").check()
    page.get_by_label("Title").fill("What we are working on this week")
    page.get_by_label("Update", exact=True).fill("This week the group is practicing how to ask for help early.")


def _check_update(page: Page) -> None:
    page.get_by_role("button", name="Check before you post").click()


def _plan_update(page: Page) -> None:
    page.get_by_role("radio", name="On a day and at a time").check()
    page.get_by_label("Day", exact=True).fill("2026-11-24")
    page.get_by_label("Time", exact=True).fill("09:00")
    page.get_by_role("button", name="Post", exact=True).click()


def _open_planned(page: Page) -> None:
    page.locator("main a[href*='/planned/']").first.click()


def _several_people(page: Page) -> None:
    page.locator("summary", has_text="About several people").click()
    page.locator("summary", has_text="Begin with a ready text").click()
    page.get_by_role("checkbox", name=ROBIN.name).check()


def _save_update(page: Page) -> None:
    page.get_by_role("button", name="Save for later").click()


def _correct_update(page: Page) -> None:
    page.get_by_label("Title").fill("What we work on this week")
    page.get_by_role("button", name="Check before you correct").click()


def _corrected(page: Page) -> None:
    page.get_by_role("button", name="Correct it").click()


def _check_series(page: Page) -> None:
    page.get_by_label("Who is it for?").select_option(index=1)
    for label, typed in (("First day", "2026-12-01"), ("From", "18:00"), ("To", "21:00"), ("Where", "Room 1")):
        page.get_by_label(label, exact=label == "To").fill(typed)
    page.get_by_label("Monday").check()
    page.get_by_label("Last day").fill("2027-03-31")
    page.get_by_role("button", name="Check before you publish").click()


def _open_session(page: Page) -> None:
    page.get_by_role("link", name="6:30 PM, Group, Evening A").click()


def _change_series(page: Page) -> None:
    page.get_by_role("radio", name="This one and all later").check()
    _continue(page)


def _check_closure(page: Page) -> None:
    page.get_by_label("First day").fill("2026-12-02")
    page.get_by_label("Last day").fill("2026-12-03")
    page.get_by_label("Name").fill("Holiday")
    page.get_by_role("button", name="Check before you close").click()


def _found(page: Page) -> None:
    page.get_by_role("searchbox").or_(page.get_by_label(re.compile("name", re.I))).first.fill("Sam")
    page.get_by_role("button", name=re.compile("Search|Find")).first.click()
    page.get_by_role("link", name=re.compile("Sam Rivera")).first.click()


def _pause(page: Page) -> None:
    page.get_by_role("button", name="Pause all sharing").click()


def _stop(page: Page) -> None:
    page.get_by_role("button", name="Stop sharing with Dana Rivera").click()


def _sharing_of(page: Page) -> None:
    page.get_by_role("link", name="Sharing", exact=True).click()


def _stop_when_asked(page: Page) -> None:
    page.get_by_text("Stop sharing with Dana Rivera: Sam asked").click()


def _wish(page: Page) -> None:
    page.get_by_role("link", name="Write down a wish").click()


def _held(page: Page) -> None:
    page.get_by_label("Find a person in treatment").fill("Sam")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Sam Rivera").first.click()


def _mark_invalid(page: Page) -> None:
    page.get_by_role("link", name="Mark as invalid").first.click()


def _write_paper(page: Page) -> None:
    page.get_by_role("link", name="Forms on paper").click()


def _paper_lacks(page: Page) -> None:
    page.get_by_label("Who it is about").fill("Sam Rivera")
    page.get_by_role("group", name="may share?").get_by_label("Yes").check()
    page.get_by_label("Who gets it").select_option(label="Pat Rivera (My dad)")
    page.get_by_label("Session times").check()
    page.get_by_role("group", name="alcohol").get_by_label("Yes").check()
    page.get_by_label("Why").fill("So that he can drive me")
    page.get_by_role("group", name="how to stop").get_by_label("Yes").check()
    page.get_by_label(SAM.name, exact=True).check()
    signed_on = page.get_by_role("group", name="Date beside")
    for box, typed in (("Month", "1"), ("Day", "5"), ("Year", "2026")):
        signed_on.get_by_label(box).fill(typed)
    page.get_by_role("group", name="alone").get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Check and keep").click()


def _paper_kept(page: Page) -> None:
    page.get_by_role("button", name="Keep as not usable yet").click()


def _paper_corrected(page: Page) -> None:
    page.get_by_role("link", name="Print a corrected form").click()


def _wrong_code(page: Page) -> None:
    page.get_by_label("Invitation code").fill("maple river 4271")
    page.get_by_label("What year were you born").fill("1958")
    _continue(page)


def _invite(page: Page, email: str = "lia@example.org") -> None:
    page.get_by_label("Their name").fill("Lia Moss")
    page.get_by_label("Their email").fill(email)
    page.get_by_label("The year they were born").fill("1958")
    page.get_by_role("radio", name="Printed letter").check()
    page.get_by_role("button", name="Make the invitation").click()


def _letter(page: Page) -> None:
    page.get_by_role("link", name="Open the letter to print").click()


def _invited(page: Page) -> None:
    page.get_by_role("link", name="Back to invitations").click()


def _invite_without_address(page: Page) -> None:
    _invite(page, email="")


def _address_sent(page: Page) -> None:
    """In the browser in which the code was typed before."""
    page.get_by_label("Your email").fill("lia@example.org")
    page.get_by_role("button", name="Send me the link").click()


def _take_over(page: Page) -> None:
    """Priya reads the code out, signs out, and Lia goes on."""
    code = page.locator(".spoken").inner_text()
    page.get_by_role("link", name="Open the letter to print").click()
    address = page.locator(".spoken").inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.goto(urljoin(page.url, address[address.index("/invite") :]))
    page.get_by_label("Invitation code").fill(code)
    page.get_by_label("What year were you born").fill("1958")
    _continue(page)


def _time_is_nearly_up(page: Page) -> None:
    page.locator("dialog.timeout").evaluate("dialog => dialog.showModal()")


def _guide_wrong(page: Page) -> None:
    page.get_by_label("Text", exact=True).fill("Your son is an addict. ![](picture:craving-wave)")
    page.get_by_role("button", name="Publish").click()


def _guide_published(page: Page) -> None:
    page.get_by_label("Title", exact=True).fill("Listening well, and talking with a smile")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="History").click()


# Ways that screens have in common.
CHECK_BOOKING = (_choose_time, _check_booking)
TO_WHAT = (_what,)
TO_EMAILS = (*TO_WHAT, _emails)
TO_UNTIL = (*TO_EMAILS, _until)
TO_SIGN = (*TO_UNTIL, _sign)
TO_SHARING = (_found, _sharing_of)
TO_PAPER = (_found, _write_paper)
KEEP_PAPER = (*TO_PAPER, _paper_lacks, _paper_kept)
POSTED = (_first_link("What we are working on"),)
PLANNED = (_compose, _check_update, _plan_update)

SCREENS = (
    Screen("sign-in", None, "/sign-in"),
    Screen("sign-in-wrong", None, "/sign-in", (_continue,)),
    Screen("new-password", None, "/reset"),
    Screen("guides", None, "/guides"),
    Screen("guide", None, "/guides/listening-well"),
    Screen("guide-breathing", None, "/guides/breathing-emergency"),
    Screen("guides-found", None, "/guides?q=not+breathing"),
    Screen("course", None, "/courses/the-family-course"),
    Screen("course-part", None, "/courses/the-family-course/7"),
    Screen("help-now", None, "/help/now", pages_on_paper=1),
    Screen("guides-spanish", None, "/guides?lang=es"),
    Screen("guide-spanish", None, "/guides/staying-safe-tonight?lang=es"),
    Screen("course-part-spanish", None, "/courses/the-family-course/3?lang=es"),
    Screen("help-now-spanish", None, "/help/now?lang=es", pages_on_paper=1),
    Screen("privacy", None, "/privacy"),
    Screen("home", DANA, "/home"),
    Screen("home-spanish", ROSA, "/home"),
    Screen("none", JO, "/home"),
    Screen("time-is-nearly-up", DANA, "/home", (_time_is_nearly_up,)),
    Screen("not-found", DANA, "/schedule/nowhere"),
    Screen("schedule", DANA, "/schedule", pages_on_paper=2),
    Screen("month", DANA, "/schedule/2026-12"),
    Screen("schedule-print", DANA, "/schedule/print", pages_on_paper=1),
    Screen("schedule-print-long", DANA, "/schedule/print?names=y&places=y&weeks=8", pages_on_paper=1),
    Screen("calendar", DANA, "/schedule/calendar"),
    Screen("calendar-link", DANA, "/settings/calendar", (_make_link,), changes=True),
    Screen("time-zone", DANA, "/settings/time-zone"),
    Screen("settings", DANA, "/settings"),
    Screen("shared", DANA, "/home", (_first_link("agreed"),)),
    Screen("sessions", DANA, "/sessions"),
    Screen("book-who", DANA, "/sessions/book"),
    Screen("book", DANA, "/sessions/book", (_choose_time,)),
    Screen("book-check", DANA, "/sessions/book", CHECK_BOOKING),
    Screen("booked", ALEX, "/sessions/book", (*CHECK_BOOKING, _booked), changes=True),
    Screen("waitlist", DANA, "/sessions/waitlist"),
    Screen("session", DANA, "/sessions", (_first_link("^Details$"),)),
    Screen("session-join", DANA, "/sessions", (_first_link("^How to join$"),)),
    Screen("session-cancel", DANA, "/sessions", (_first_link("^Cancel$"),)),
    Screen("session-move", DANA, "/sessions", (_first_link("^Change$"),)),
    Screen("session-move-check", DANA, "/sessions", (_first_link("^Change$"), _check_booking)),
    Screen("updates", DANA, "/updates"),
    Screen("update", DANA, "/updates", (_first_link("What we are working on"),)),
    Screen("guides-read", DANA, "/guides", (_read_two_parts,), changes=True),
    Screen("course-carried-on", DANA, "/courses/the-family-course", (_read_two_parts, _carry_on), changes=True),
    Screen("guide-place", DANA, "/guides/listening-well", (_keep_place,), changes=True),
    Screen("guide-answers", DANA, "/guides/listening-well/answers"),
    Screen("email-address", DANA, "/email-address"),
    Screen("email-address-wrong", DANA, "/email-address", (_send_the_link,)),
    Screen("email-address-link", None, "/email-address/a-link-of-ours"),
    Screen("email-address-done", None, "/email-address/done"),
    Screen("ask", JO, "/ask"),
    Screen("email-choices", DANA, "/settings/emails"),
    Screen("patient-email-choices", SAM, "/me/emails"),
    Screen("me", SAM, "/me"),
    Screen("sharing", SAM, "/me/sharing", pages_on_paper=2),
    Screen("me-spanish", SAM, "/me", language="es"),
    Screen("sharing-spanish", SAM, "/me/sharing", language="es", pages_on_paper=2),
    Screen("person-spanish", SAM, "/me/sharing", (_first_link("^Dana Rivera"),), language="es"),
    Screen("copy-spanish", SAM, "/me/sharing", (open_signed_copy,), language="es", pages_on_paper=2),
    Screen("share-who-spanish", SAM, "/me/sharing/new/who", language="es"),
    Screen("share-what-spanish", SAM, "/me/sharing", TO_WHAT, language="es"),
    Screen("share-emails-spanish", SAM, "/me/sharing", TO_EMAILS, language="es"),
    Screen("share-until-spanish", SAM, "/me/sharing", TO_UNTIL, language="es"),
    Screen("share-sign-spanish", SAM, "/me/sharing", TO_SIGN, language="es", pages_on_paper=2),
    Screen(
        "share-done-spanish", SAM, "/me/sharing", (*TO_SIGN, _signed), changes=True, language="es", pages_on_paper=1
    ),
    Screen("looks-spanish", SAM, "/me/looks", language="es"),
    Screen("sharing-paused", SAM, "/me/sharing", (_pause,), changes=True),
    Screen("sharing-stopped", SAM, "/me/sharing", (_stop,), changes=True),
    Screen("sharing-draft", SAM, "/me/sharing", (*TO_WHAT, _draft)),
    Screen("copy", SAM, "/me/sharing", (open_signed_copy,), pages_on_paper=2),
    Screen("person", SAM, "/me/sharing", (_first_link("^Dana Rivera"),)),
    Screen("preview", SAM, "/me/sharing", (_first_link("See it as Dana"),)),
    Screen("share-who", SAM, "/me/sharing", (_first_link("Share with someone"),), pages_on_paper=2),
    Screen("share-what", SAM, "/me/sharing", TO_WHAT, pages_on_paper=1),
    Screen("share-emails", SAM, "/me/sharing", TO_EMAILS, pages_on_paper=1),
    Screen("share-until", SAM, "/me/sharing", TO_UNTIL, pages_on_paper=1),
    Screen("share-sign", SAM, "/me/sharing", TO_SIGN, pages_on_paper=2),
    Screen("preview-of-a-draft", SAM, "/me/sharing", (*TO_SIGN, _foresee)),
    Screen("share-sign-wrong", SAM, "/me/sharing", (*TO_SIGN, _unsigned)),
    Screen("share-done", SAM, "/me/sharing", (*TO_SIGN, _signed), changes=True, pages_on_paper=1),
    Screen("looks", SAM, "/me/looks"),
    Screen("email-address-sent", SAM, "/email-address/sent"),
    Screen("request", SAM, "/me/sharing", (_first_link("Look at what Jo asked"),)),
    Screen("my-schedule", SAM, "/me/schedule"),
    Screen("my-sessions", SAM, "/me/sessions"),
    Screen("my-session-cancel", SAM, "/me/sessions", (_first_link("^Cancel this session"),)),
    Screen("my-updates", SAM, "/me/updates"),
    Screen("my-update", SAM, "/me/updates", (_first_link("What we are working on"),)),
    Screen("end-sooner", SAM, "/me/sharing", (_sooner,)),
    Screen("stop-everything", SAM, "/me/sharing/stop-everything"),
    Screen("parent-signs", MAYA, "/me/sharing/new/who", (_parent_signs,), changes=True, pages_on_paper=2),
    Screen("parent-signs-spanish", MAYA, "/me/sharing/new/who", (_parent_signs,), True, "es", pages_on_paper=2),
    Screen("board", PRIYA, "/staff"),
    Screen("day-sheet", PRIYA, "/staff/day/2026-11-24/print", pages_on_paper=1),
    Screen("schedule-staff", PRIYA, "/staff/schedule"),
    Screen("session-new", PRIYA, "/staff/sessions/new"),
    Screen("availability", BEN, "/staff/availability"),
    Screen("bookings", PRIYA, "/staff/bookings"),
    Screen("booking", PRIYA, "/staff/bookings", (_first_link("PM"),)),
    Screen("waiting-list", PRIYA, "/staff/waitlist"),
    Screen("session-check", PRIYA, "/staff/sessions/new", (_check_series,)),
    Screen("session", PRIYA, "/staff/schedule", (_open_session,)),
    Screen("session-change", PRIYA, "/staff/schedule", (_open_session, _change_series)),
    Screen("series", PRIYA, "/staff/schedule", (_first_link("^Group"),)),
    Screen("closures", PRIYA, "/staff/closures"),
    Screen("closure-check", PRIYA, "/staff/closures", (_check_closure,)),
    Screen("people", PRIYA, "/staff/people"),
    Screen("person-staff", PRIYA, "/staff/people", (_found,)),
    Screen("paper", PRIYA, "/staff/people", TO_PAPER),
    Screen("paper-lacks", PRIYA, "/staff/people", (*TO_PAPER, _paper_lacks)),
    Screen("paper-kept", PRIYA, "/staff/people", KEEP_PAPER, changes=True),
    Screen("paper-corrected", PRIYA, "/staff/people", (*KEEP_PAPER, _paper_corrected), changes=True),
    Screen("compose", PRIYA, "/staff/updates/new", (_compose,)),
    Screen("compose-check", PRIYA, "/staff/updates/new", (_compose, _check_update)),
    Screen("compose-several", PRIYA, "/staff/updates/new", (_compose, _several_people)),
    Screen("update-staff", PRIYA, "/staff/updates", POSTED),
    Screen("update-withdraw", PRIYA, "/staff/updates", (*POSTED, _first_link("^Withdraw$"))),
    Screen("update-correct", PRIYA, "/staff/updates", (*POSTED, _first_link("^Correct$"))),
    Screen("update-correct-check", PRIYA, "/staff/updates", (*POSTED, _first_link("^Correct$"), _correct_update)),
    Screen(
        "update-corrected",
        PRIYA,
        "/staff/updates",
        (*POSTED, _first_link("^Correct$"), _correct_update, _corrected),
        changes=True,
    ),
    Screen("update-saved", PRIYA, "/staff/updates/new", (_compose, _save_update), changes=True),
    Screen("update-planned", PRIYA, "/staff/updates/new", (*PLANNED, _open_planned), changes=True),
    Screen(
        "update-planned-change",
        PRIYA,
        "/staff/updates/new",
        (*PLANNED, _open_planned, _first_link("^Change it$")),
        changes=True,
    ),
    Screen("mail-status", PRIYA, "/staff/mail"),
    Screen("guides-staff", PRIYA, "/staff/guides"),
    Screen("staff-courses", PRIYA, "/staff/courses"),
    Screen("staff-course", PRIYA, "/staff/courses/the-family-course"),
    Screen("guide-new", PRIYA, "/staff/guides/new"),
    Screen("guide-wrong", PRIYA, "/staff/guides/listening-well/en/edit", (_guide_wrong,)),
    Screen("guide-edit-spanish", PRIYA, "/staff/guides/listening-well/es/edit"),
    Screen("guide-history", PRIYA, "/staff/guides/listening-well/en/edit", (_guide_published,), changes=True),
    Screen("invitation", None, "/invite"),
    Screen("invitation-ended", None, "/invite/made-up", (_wrong_code,)),
    Screen("invite-whom", PRIYA, "/staff/invitations/new"),
    Screen("invite", PRIYA, "/staff/invitations/new/learner"),
    Screen("invite-code", PRIYA, "/staff/invitations/new/learner", (_invite,), changes=True),
    Screen(
        "invite-letter", PRIYA, "/staff/invitations/new/learner", (_invite, _letter), changes=True, pages_on_paper=1
    ),
    Screen("invited", PRIYA, "/staff/invitations/new/learner", (_invite, _invited), changes=True),
    Screen("sharing-staff", PRIYA, "/staff/people", TO_SHARING),
    Screen("stop-staff", PRIYA, "/staff/people", (*TO_SHARING, _stop_when_asked)),
    Screen("wish-staff", PRIYA, "/staff/people", (*TO_SHARING, _wish)),
    Screen("activity", RUTH, "/privacy-office"),
    Screen("holds", RUTH, "/privacy-office/holds"),
    Screen("hold", RUTH, "/privacy-office/holds", (_held,)),
    Screen("invalid", RUTH, "/privacy-office/invalid"),
    Screen("invalid-review", RUTH, "/privacy-office/invalid", (_first_link("Inez Vale"),), pages_on_paper=1),
    Screen("invalid-mark", RUTH, "/privacy-office/holds", (_held, _mark_invalid)),
    Screen("wishes", RUTH, "/privacy-office/restrictions"),
    Screen("health", TOMAS, "/admin"),
    # At the end, because Priya signs out, and Ben.
    Screen("invitation-sign-in", PRIYA, "/staff/invitations/new/learner", (_invite, _take_over), changes=True),
    Screen(
        "invitation-address", BEN, "/staff/invitations/new/learner", (_invite_without_address, _take_over), changes=True
    ),
    Screen("invitation-address-sent", BEN, "/invite/address", (_address_sent,), changes=True),
)
