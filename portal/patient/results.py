"""What the patient's last act did, said once on the next page: what happened, and what cannot be pulled back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import session as cookie
from flask import url_for
from flask_babel import gettext

from portal import refs, words
from portal.consent.picture import Sharing, Standing
from portal.consent.scopes import WORDS, Scope
from portal.consent.viewer import the_viewer
from portal.errors import NotShared
from portal.patient import everybody as people
from portal.services import after_a_stop
from portal.services.after_a_stop import Booked


@dataclass(frozen=True)
class StillBooked:
    """A family session that stays, and the two things that can be done about it."""

    words: str
    full_name: str
    ref: str


@dataclass(frozen=True)
class Result:
    """A heading, sentences, and the family sessions that stay booked. `again_url` undoes it by sharing anew."""

    heading: str
    sentences: tuple[str, ...] = ()
    booked: tuple[StillBooked, ...] = ()
    again_url: str | None = None
    undo_url: str | None = None
    can_remind: bool = False


def remember(act: str, ref: str = "", what: str = "") -> None:
    """Keep for the next page what was just done. Holds labels only, no name."""
    cookie["result"] = [act, ref, what]


def recall(everybody: list[Sharing]) -> Result | None:
    """What was just done, once; then it is forgotten."""
    act, ref, what = cookie.pop("result", (None, "", ""))
    if act in _OF_ALL:
        return _OF_ALL[act](everybody)
    if act not in _OF_ONE:
        return None
    try:
        return _OF_ONE[act](people.find(ref, everybody), what)
    except NotShared:
        return None


# Less


def _stopped(sharing: Sharing, what: str) -> Result:
    name = sharing.first_name
    at = sharing.consent.stopped_at if sharing.consent else None
    return Result(
        gettext("Done. %(name)s sees nothing now.", name=name),
        (
            *([gettext("Stopped at %(time)s.", time=words.time(at))] if at else []),
            _stays_where_it_is(),
            gettext("%(name)s is not told.", name=name),
        ),
        _still_booked([sharing]),
        again_url=people.share_url(people.ref_of(sharing)),
    )


def _narrowed(sharing: Sharing, what: str) -> Result:
    name = sharing.first_name
    return Result(
        gettext("Done. %(name)s no longer sees “%(what)s”.", name=name, what=WORDS[Scope(what)]),
        (_stays_where_it_is(), gettext("%(name)s is not told.", name=name)),
        _still_booked([sharing]) if what == Scope.FAMILY else (),
    )


def _sooner(sharing: Sharing, what: str) -> Result:
    day = words.day(sharing.consent.ends_on) if sharing.consent and sharing.consent.ends_on else ""
    name = sharing.first_name
    return Result(
        gettext("Done. Sharing with %(name)s ends with %(day)s.", name=name, day=day),
        (gettext("You do not have to do anything then."), gettext("To share for longer, you sign again.")),
    )


def _says_less(sharing: Sharing, what: str) -> Result:
    name = sharing.first_name
    if what == "none":
        return Result(gettext("Done. We send %(name)s no emails about you.", name=name))
    return Result(gettext("Done. Emails to %(name)s only say that there is something new.", name=name))


def _everything(everybody: list[Sharing]) -> Result:
    return Result(
        gettext("Done. Nobody sees anything now."),
        (
            gettext("All sharing is stopped for good."),
            _stays_where_it_is(),
            gettext("They are not told."),
            gettext("To share with someone again, you sign again."),
        ),
        _still_booked(everybody),
    )


def _paused(everybody: list[Sharing]) -> Result:
    paused = [sharing for sharing in everybody if sharing.standing == Standing.PAUSED]
    names = words.listed([sharing.first_name for sharing in paused])
    heading = gettext("Sharing is paused. Nobody sees anything.")
    if len(paused) == 1:
        heading = gettext("Sharing is paused. %(names)s sees nothing.", names=names)
    elif paused:
        heading = gettext("Sharing is paused. %(names)s see nothing.", names=names)
    return Result(
        heading,
        (gettext("They are not told."), _stays_where_it_is(), gettext("You can start again any time.")),
        _still_booked(everybody),
        undo_url=url_for("patient.sharing.resume"),
        can_remind=people.me().remind_of_pause_on is None,
    )


def _reminded(everybody: list[Sharing]) -> Result:
    day = people.me().remind_of_pause_on
    if day is None:
        return Result(gettext("We do not remind you."))
    return Result(
        gettext("We remind you on %(day)s.", day=words.day(day)),
        (gettext("Only here, when you sign in. We send no email about it."),),
    )


def _resumed(everybody: list[Sharing]) -> Result:
    names = [sharing.first_name for sharing in everybody if sharing.standing == Standing.ACTIVE]
    if not names:
        return Result(gettext("Sharing is on again. Nobody can see anything right now."))
    return Result(
        gettext("Sharing is on again."),
        (
            gettext("What you chose before can be seen again by: %(names)s.", names=words.listed(names)),
            gettext("What ended meanwhile stays ended."),
        ),
    )


# Family sessions that stayed


def _session_kept(everybody: list[Sharing]) -> Result:
    return Result(
        gettext("Kept. The family session stays booked."),
        (gettext("Someone from your care team may call you about it."),),
        _still_booked(everybody),
    )


def _session_cancelled(everybody: list[Sharing]) -> Result:
    return Result(
        gettext("Done. The family session is cancelled."),
        (
            gettext("Your therapist sees it on their day."),
            gettext("Nobody is told why, and people you do not share with get no email."),
        ),
        _still_booked(everybody),
    )


def _session_agreed(everybody: list[Sharing]) -> Result:
    return Result(gettext("You said yes."), (gettext("Those who come hear of it when it is confirmed."),))


def _session_asked(sharing: Sharing, what: str) -> Result:
    name = sharing.first_name
    return Result(
        gettext("%(name)s is asked to come.", name=name),
        (gettext("The others in it do not hear of it from us."),),
    )


def _asks_first(everybody: list[Sharing]) -> Result:
    return Result(gettext("Saved."), (gettext("What is booked already stays as it is."),))


# Requests and drafts


def _declined(sharing: Sharing, what: str) -> Result:
    name = sharing.first_name
    sentences = [gettext("%(name)s is not told.", name=name)]
    if sharing.person.may_not_ask_since is not None:
        sentences.append(gettext("If %(name)s asks again, you will not hear of it.", name=name))
    return Result(gettext("Done. %(name)s sees nothing.", name=name), tuple(sentences))


def _may_ask(sharing: Sharing, what: str) -> Result:
    name = sharing.first_name
    return Result(gettext("%(name)s can ask you again.", name=name), (gettext("%(name)s is not told.", name=name),))


def _kept(everybody: list[Sharing]) -> Result:
    return Result(gettext("Your answers are saved. Nothing is shared."), (gettext("We keep them for 30 days."),))


def _talk(everybody: list[Sharing]) -> Result:
    return Result(
        gettext("Good idea. Nothing is shared."), (gettext("We told your care team that you would like to talk."),)
    )


def _thrown_away(everybody: list[Sharing]) -> Result:
    return Result(gettext("Your answers are thrown away. Nothing was shared."))


_OF_ONE = {
    "stopped": _stopped, "narrowed": _narrowed, "sooner": _sooner, "says less": _says_less,
    "declined": _declined, "may ask": _may_ask, "session asked": _session_asked,
}  # fmt: skip
_OF_ALL = {
    "paused": _paused, "resumed": _resumed, "reminded": _reminded, "everything stopped": _everything,
    "session kept": _session_kept, "session cancelled": _session_cancelled, "session agreed": _session_agreed,
    "asks first": _asks_first,
    "kept": _kept, "talk": _talk, "thrown away": _thrown_away,
}  # fmt: skip


def _stays_where_it_is() -> str:
    return gettext("Emails already sent, and pages already seen or printed, cannot be pulled back.")


def _still_booked(sharings: list[Sharing]) -> tuple[StillBooked, ...]:
    """Sessions to come with any of these who see no family sessions now, without those the patient kept."""
    me = people.me().id
    ids = {sharing.person.id for sharing in sharings} & after_a_stop.without_sharing(me)
    kept = after_a_stop.kept(me)
    asked = [one for one in after_a_stop.booked_with(me, ids) if one.ref not in kept]
    return tuple(_still(refs.ref_for(the_viewer().account_ref, one.ref), one) for one in asked)


def _still(ref: str, one: Booked) -> StillBooked:
    names = words.listed([name.split(" ")[0] for name in one.names])
    facts = {"names": names, "day": words.relative_day(one.starts_at), "time": words.time(one.starts_at)}
    return StillBooked(
        gettext("You have a family session with %(names)s: %(day)s, %(time)s. It stays booked.", **facts),
        gettext("the family session with %(names)s: %(day)s, %(time)s", **facts),
        ref,
    )
