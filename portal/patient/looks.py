"""Who looked, and what was done, in plain words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from portal import clinic, clock, words
from portal.consent.own import OwnRecordEntry
from portal.consent.picture import Sharing
from portal.consent.scopes import UPDATE_SCOPES, WORDS, Scope
from portal.db import session
from portal.patient import everybody as people

bp = Blueprint("looks", __name__)

STAFF = "staff"
A_PAGE = 100
WEEKS = 8


@dataclass(frozen=True)
class Line:
    """One thing that happened."""

    time_words: str
    words: str


@dataclass(frozen=True)
class LookDay:
    """What happened on one day, newest first."""

    heading: str
    entries: list[Line]


@bp.get("/looks")
def page() -> ResponseReturnValue:
    """Everything on record about the patient, newest first; `?who=` names one person, or staff."""
    everybody = people.everybody()
    who = request.args.get("who", "")
    number = max(request.args.get("page", 1, type=int), 1)
    entries = (
        session()
        .scalars(
            _of(who, everybody)
            .order_by(OwnRecordEntry.at.desc(), OwnRecordEntry.id.desc())
            .limit(A_PAGE + 1)
            .offset((number - 1) * A_PAGE)
        )
        .all()
    )
    return render_template(
        "patient/looks/page.html",
        days=_days(entries[:A_PAGE]),
        older=number + 1 if len(entries) > A_PAGE else None,
        who=who,
        choices=_choices(who, everybody),
        **_by_week(everybody),
    )


def _of(who: str, everybody: list[Sharing]):  # type: ignore[no-untyped-def]
    rows = select(OwnRecordEntry)
    if who == STAFF:
        return rows.where(OwnRecordEntry.door == STAFF)
    if who:
        return rows.where(OwnRecordEntry.related_person_id == people.find(who, everybody).person.id)
    return rows


def _choices(who: str, everybody: list[Sharing]) -> list[dict[str, object]]:
    known = [sharing for sharing in everybody if sharing.consent is not None]
    return [
        {"label": gettext("Everyone"), "url": url_for("patient.looks.page"), "current": not who},
        *(
            {
                "label": sharing.first_name,
                "url": url_for("patient.looks.page", who=people.ref_of(sharing)),
                "current": who == people.ref_of(sharing),
                "letter": words.initial(sharing.person.name),
                "colour": sharing.person.colour,
            }
            for sharing in known
        ),
        {"label": gettext("Staff"), "url": url_for("patient.looks.page", who=STAFF), "current": who == STAFF},
    ]


def _days(entries: Sequence[OwnRecordEntry]) -> list[LookDay]:
    return [
        LookDay(_heading(day), [Line(words.time(entry.at), sentence(entry)) for entry in of_the_day])
        for day, of_the_day in groupby(entries, key=lambda entry: words.local(entry.at).date())
    ]


def _heading(day: dt.date) -> str:
    if day == clinic.today():
        return gettext("Today, %(day)s", day=words.day(day))
    return words.day(day)


def sentence(entry: OwnRecordEntry) -> str:
    """One line of the record in plain verbs, without a reason, a device or an address."""
    name = entry.related_person_name
    them = name.split(" ")[0] if name else gettext("someone you share with")
    facts = {"who": _who(entry, them), "them": them, "what": _what(entry)}
    return {
        "looked": gettext("%(who)s looked at %(what)s", **facts),
        "sent": gettext("We sent %(them)s an email", **facts),
        "withheld": gettext("We did not send %(them)s an email that was waiting", **facts),
        "signed": gettext("%(who)s signed, to share with %(them)s", **facts),
        "stopped": gettext("%(who)s stopped sharing with %(them)s", **facts),
        "narrowed": _narrowed(entry, facts),
        "hidden": _hidden(entry, facts),
        "shown": _shown_again(entry, facts),
        "paused": gettext("%(who)s paused all sharing", **facts),
        "resumed": gettext("%(who)s started sharing again", **facts),
        "posted": gettext("%(who)s posted an update: %(what)s", **facts),
        "withdrew": gettext("%(who)s withdrew an update: %(what)s", **facts),
        "changed": _changed(entry, facts),
        "booked": gettext("%(who)s booked a family session", **facts),
        "moved": gettext("%(who)s moved a family session", **facts),
        "cancelled": gettext("%(who)s cancelled a family session", **facts),
        "waits": gettext("%(who)s asked to be told when a time for a family session is free", **facts),
        "gave up": gettext("%(who)s does not wait for a family session any more", **facts),
        "declined": gettext("%(who)s said no to a request by %(them)s", **facts),
        "recorded": gettext("%(who)s wrote down a form that was signed on paper, for %(them)s", **facts),
        "verified": gettext("%(who)s checked a form that was signed on paper, for %(them)s", **facts),
        "invited": gettext("%(who)s invited %(them)s", **facts),
        "accepted": gettext("%(them)s accepted the invitation", **facts),
        "held": gettext("%(who)s put sharing on hold", **facts),
        "released": gettext("%(who)s ended the hold on sharing", **facts),
        "invalid": gettext("%(who)s marked a signed form as one that does not count", **facts),
        "asked": gettext("%(who)s wrote down what you asked us to keep private", **facts),
        "decided": gettext("%(who)s answered what you asked us to keep private", **facts),
        "kept": gettext("%(who)s kept a family session, because you asked for it", **facts),
        "left": gettext("%(who)s wrote down that you left the program", **facts),
        "exported": gettext("Your clinic wrote your record to a file"),
        "imported": gettext("A record came from the clinic’s other system"),
    }.get(entry.act, gettext("%(who)s changed something", **facts))


def _changed(entry: OwnRecordEntry, facts: dict[str, str]) -> str:
    if entry.what in UPDATE_SCOPES:
        return gettext("%(who)s corrected an update: %(what)s", **facts)
    return gettext("%(who)s changed something", **facts)


def _narrowed(entry: OwnRecordEntry, facts: dict[str, str]) -> str:
    if entry.what == "end":
        return gettext("%(who)s chose an earlier end of sharing with %(them)s", **facts)
    if entry.what == "emails":
        return gettext("%(who)s let emails to %(them)s say less", **facts)
    return gettext("%(who)s turned off %(what)s for %(them)s", **facts)


def _hidden(entry: OwnRecordEntry, facts: dict[str, str]) -> str:
    if entry.related_person_name is None:
        return gettext("%(who)s hid a session from everybody", **facts)
    return gettext("%(who)s hid a session from %(them)s", **facts)


def _shown_again(entry: OwnRecordEntry, facts: dict[str, str]) -> str:
    if entry.related_person_name is None:
        return gettext("%(who)s let everybody see a session again as before", **facts)
    return gettext("%(who)s let %(them)s see a session again", **facts)


def _who(entry: OwnRecordEntry, them: str) -> str:
    if entry.door == "patient":
        return gettext("You")
    if entry.staff_name is not None:
        return entry.staff_name
    if entry.related_person_name is not None:
        return them
    return gettext("Someone you share with") if entry.door == "family" else gettext("Your care team")


def _what(entry: OwnRecordEntry) -> str:
    if entry.what in tuple(Scope):
        shown = str(WORDS[Scope(entry.what)])
        return shown[:1].lower() + shown[1:]
    if entry.what == "updates":
        return gettext("the list of updates")
    return gettext("what you share")


def _by_week(everybody: list[Sharing]) -> dict[str, object]:
    monday = clinic.today() - dt.timedelta(days=clinic.today().weekday())
    mondays = [monday - dt.timedelta(weeks=n) for n in reversed(range(WEEKS))]
    since = clock.midnight(mondays[0], clinic.zone())
    looked = session().execute(
        select(OwnRecordEntry.at, OwnRecordEntry.related_person_id, OwnRecordEntry.door).where(
            OwnRecordEntry.act == "looked", OwnRecordEntry.at >= since
        )
    )
    counts: Counter[tuple[object, int]] = Counter()
    for at, person_id, door in looked:
        week = (words.local(at).date() - mondays[0]).days // 7
        counts[STAFF if door == STAFF else person_id, week] += 1
    known = [(sharing.person.id, sharing.first_name) for sharing in everybody if sharing.consent is not None]
    rows = [
        {"name": name, "counts": [counts[key, n] for n in range(WEEKS)]}
        for key, name in (*known, (STAFF, gettext("Staff")))
        if any(counts[key, n] for n in range(WEEKS))
    ]
    return {"by_week": rows, "weeks": [words.short_day(day) for day in mondays]}
