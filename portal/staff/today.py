"""The day board: the day's sessions, what needs the care team, and how many families take part."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal import clinic, words
from portal.consent import record
from portal.errors import NotShared
from portal.services import mail_status, needs, schedule, taking_part
from portal.services.needs import Need
from portal.services.schedule import DaySession
from portal.services.taking_part import SMALLEST_GROUP
from portal.staff import said

bp = Blueprint("today", __name__)

ONE_DAY = dt.timedelta(days=1)
# Nobody plans further, and dates near the ends of the calendar break its arithmetic.
FARTHEST = dt.timedelta(days=5 * 366)
# More than this of one kind is said as a number.
NAMED = 5


@dataclass(frozen=True)
class Row:
    """One session as a line of the board."""

    session: DaySession
    kind: said.Sign
    who: str
    state: said.Sign

    @property
    def url(self) -> str | None:
        return url_for("staff.people.person", ref=self.session.who.ref) if self.session.who else None

    @property
    def session_url(self) -> str | None:
        if self.session.booking_ref:
            return url_for("staff.bookings.one", ref=self.session.booking_ref)
        return url_for("staff.one_session.page", ref=self.session.ref) if self.session.ref else None

    @property
    def day(self) -> dt.date:
        return words.local(self.session.starts_at).date()


@dataclass(frozen=True)
class Item:
    """Something that needs the care team: what, what it means, and where to act on it."""

    words: str
    detail: str
    url: str
    kind: str = "plain"


@dataclass(frozen=True)
class Bar:
    """A week of the chart. Small groups are drawn alike and named alike."""

    label: str
    outline: int
    solid: int
    outline_words: str
    solid_words: str


@bp.get("")
def page() -> ResponseReturnValue:
    today = clinic.today()
    sessions = schedule.sessions_on(today)
    items = _needs()
    put_on_record(sessions)
    return render_template(
        "staff/today/page.html",
        day=today,
        before=today - ONE_DAY,
        after=today + ONE_DAY,
        rows=[row(one) for one in sessions],
        items=items,
        now=taking_part.sharing_now(),
        bars=[_bar(week) for week in taking_part.by_week()],
        smallest=SMALLEST_GROUP,
    )


@bp.get("/day/<date>")
def day(date: str) -> ResponseReturnValue:
    chosen = to_day(date)
    sessions = schedule.sessions_on(chosen)
    put_on_record(sessions)
    return render_template(
        "staff/today/day.html",
        day=chosen,
        before=chosen - ONE_DAY,
        after=chosen + ONE_DAY,
        rows=[row(one) for one in sessions],
    )


def to_day(text: str) -> dt.date:
    """The day of an address. Raises NotShared for what is none, and for days too far away."""
    try:
        chosen = dt.date.fromisoformat(text)
    except ValueError:
        raise NotShared from None
    if chosen.isoformat() != text or abs(chosen - clinic.today()) > FARTHEST:
        raise NotShared
    return chosen


def put_on_record(sessions: list[DaySession]) -> None:
    """Note whose own sessions were shown."""
    for one in sessions:
        if one.who is not None:
            record.look_at(one.who.patient_id, "day")


def row(one: DaySession) -> Row:
    """A session as a line of the board."""
    kind = said.KINDS.get(one.kind, said.Sign(one.kind, "plain"))
    if one.name:
        kind = said.Sign(gettext("%(kind)s, %(name)s", kind=kind.words, name=one.name), kind.kind, kind.icon)
    if one.who is None:
        who = ngettext("%(num)d person", "%(num)d people", one.people)
    elif one.relatives:
        who = ngettext("%(name)s + %(num)d relative", "%(name)s + %(num)d relatives", one.relatives, name=one.who.short)
    else:
        who = one.who.short
    return Row(one, kind, who, said.STATES[one.status])


def _bar(week: taking_part.Week) -> Bar:
    return Bar(
        words.short_day(week.monday),
        _drawn(week.with_sign_in),
        _drawn(week.with_session),
        _counted(week.with_sign_in),
        _counted(week.with_session),
    )


def _drawn(families: int) -> int:
    return SMALLEST_GROUP - 1 if 0 < families < SMALLEST_GROUP else families


def _counted(families: int) -> str:
    if 0 < families < SMALLEST_GROUP:
        return gettext("fewer than %(smallest)d", smallest=SMALLEST_GROUP)
    return str(families)


def _needs() -> list[Item]:
    waiting = needs.all_of_them()
    items = [
        _item(
            need,
            gettext("Call %(name)s about the session on %(day)s", name=need.who.short, day=words.day(need.at)),
            gettext("Someone who takes part sees nothing now and gets no reminder."),
            "stop",
        )
        for need in waiting.to_call
        if need.at is not None
    ]
    if failed := mail_status.given_up_lately():
        title = ngettext("%(num)d email could not be delivered", "%(num)d emails could not be delivered", failed)
        items.append(Item(title, gettext("Call the family."), url_for("staff.mail.page", show="failed"), "stop"))
    if broken := mail_status.addresses_that_do_not_work():
        title = ngettext("%(num)d person gets no email", "%(num)d people get no email", broken)
        detail = gettext("Their address does not work. Ask them for another one.")
        items.append(Item(title, detail, url_for("staff.mail.page"), "stop"))
    items += _to_answer(waiting.to_answer) + _no_room(waiting.no_room)
    items += _to_talk(waiting.to_talk) + _unusable(waiting.unusable) + _paper(waiting.paper) + _ending(waiting.ending)
    return items


def _to_answer(found: list[Need]) -> list[Item]:
    detail = gettext("Say yes or no: the time is kept until then.")
    if len(found) > NAMED:
        title = gettext("%(n)d family sessions wait for a yes", n=len(found))
        return [Item(title, detail, url_for("staff.bookings.page"), "need")]
    return [
        _of_booking(need, gettext("The session of %(name)s on %(day)s waits for a yes", **_facts(need)), detail)
        for need in found
    ]


def _no_room(found: list[Need]) -> list[Item]:
    detail = gettext("Families come to the clinic for it.")
    if len(found) > NAMED:
        title = gettext("%(n)d family sessions need a room", n=len(found))
        return [Item(title, detail, url_for("staff.bookings.page"), "need")]
    return [
        _of_booking(need, gettext("The session of %(name)s on %(day)s needs a room", **_facts(need)), detail)
        for need in found
    ]


def _facts(need: Need) -> dict[str, str]:
    assert need.at is not None
    return {"name": need.who.short, "day": words.day(need.at)}


def _of_booking(need: Need, title: str, detail: str) -> Item:
    record.look_at(need.who.patient_id, "day")
    return Item(title, detail, url_for("staff.bookings.one", ref=need.booking_ref), "need")


def _to_talk(found: list[Need]) -> list[Item]:
    detail = gettext("Nothing is shared until they sign.")
    if len(found) > NAMED:
        return [_many(gettext("%(n)d people would like to talk about sharing", n=len(found)), detail, "talk")]
    return [
        _item(need, gettext("%(name)s would like to talk about sharing", name=need.who.short), detail) for need in found
    ]


def _unusable(found: list[Need]) -> list[Item]:
    if len(found) > NAMED:
        detail = gettext("They share nothing until new forms are signed.")
        return [_many(gettext("%(n)d signed forms cannot be used", n=len(found)), detail, "unusable")]
    return [
        _item(need, gettext("A signed form of %(name)s cannot be used", name=need.who.short), missing_words(need.why))
        for need in found
    ]


def _paper(found: list[Need]) -> list[Item]:
    if len(found) > NAMED:
        return [_many(gettext("%(n)d forms on paper need you", n=len(found)), gettext("See who they are."), "paper")]
    return [_form(need) for need in found]


def _form(need: Need) -> Item:
    record.look_at(need.who.patient_id, "day")
    url = url_for("staff.paper.page", ref=need.who.ref, form_ref=need.form_ref)
    if need.why == "scan":
        return Item(gettext("A form of %(name)s has no scan", name=need.who.short), gettext("Add it."), url)
    if need.why:
        lacks = missing_words(need.why.split(", ", maxsplit=1)[0])
        return Item(gettext("A form of %(name)s on paper cannot be used", name=need.who.short), lacks, url, "need")
    title = gettext("A form of %(name)s on paper waits for a second person", name=need.who.short)
    return Item(title, gettext("It shares nothing until somebody else has checked it."), url, "need")


def _ending(found: list[Need]) -> list[Item]:
    detail = gettext("Offer to renew, or let it end.")
    if len(found) > NAMED:
        return [_many(gettext("%(n)d consents end in the next 30 days", n=len(found)), detail, "ending")]
    return [
        _item(need, gettext("A consent of %(name)s ends %(day)s", name=need.who.short, day=words.day(need.at)), detail)
        for need in found
        if need.at is not None
    ]


def _item(need: Need, title: str, detail: str, kind: str = "need") -> Item:
    record.look_at(need.who.patient_id, "day")
    return Item(title, detail, url_for("staff.people.person", ref=need.who.ref), kind)


def _many(title: str, detail: str, show: str) -> Item:
    return Item(title, detail, url_for("staff.people.page", show=show), "need")


def missing_words(element: str) -> str:
    """What a signed form lacks, and what that means."""
    return {
        "patient": gettext("It does not name the person in treatment. It cannot be used until it does."),
        "what": gettext("It does not say what may be shared. It cannot be used until it does."),
        "recipient": gettext("It does not say who gets it. It cannot be used until it does."),
        "discloser": gettext("It does not say who shares. It cannot be used until it does."),
        "purpose": gettext("It does not say why. It cannot be used until it does."),
        "how_to_stop": gettext("It does not say how to stop. It cannot be used until it does."),
        "signer": gettext("It has no signature. It cannot be used until it does."),
        "date": gettext("It has no date. It cannot be used until it does."),
        "end": gettext("It has no end date. It cannot be used until it does."),
        "signature": gettext("The age of the person in treatment asks for another signature."),
    }.get(element, gettext("It lacks something the law asks for. It cannot be used until it does."))
