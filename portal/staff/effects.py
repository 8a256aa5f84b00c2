"""What an act on the schedule comes to, shown before it is done: who will see it, who gets an email, what it clashes
with. The same act is done twice: once to look at it, and once for good when it still comes to the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal import words
from portal.consent import record
from portal.emails.wanted import DOES_NOT_WORK
from portal.errors import Refused
from portal.models import EmailLevel
from portal.services import form_tokens, timetables
from portal.services.clashes import Clash, Over
from portal.services.schedule_audience import IN_THE_LIST, NOT_AGREED, TURNED_OFF, Effect, Reader
from portal.staff.answers import say_in

DO = "do"
NAMED_CLASHES = 8
# A length is asked for as the time at which a session ends.
FIELDS = {"minutes": "ends"}
NO_EMAIL = {
    NOT_AGREED: _l("Sees it. No email: the person in treatment agreed to none."),
    TURNED_OFF: _l("Sees it. No email: they turned this kind off."),
    DOES_NOT_WORK: _l("Sees it. No email: their address does not work."),
    IN_THE_LIST: _l("Sees it. No email now: they find it in a weekly list."),
}


class CheckedForm(FlaskForm):
    """A form that is sent twice: to see what it comes to, and to do it."""

    seen = HiddenField()
    token = HiddenField()


@dataclass(frozen=True)
class Did:
    """What an act came to, where its author reads on, and whatever else their page shows of it."""

    effect: Effect
    answer: str
    clashes: tuple[Clash, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return f"{self.effect.fingerprint}.{len(self.clashes)}"


class Otherwise(Refused):
    """It comes to something else than its author saw."""

    def __init__(self, did: Did) -> None:
        super().__init__(_l("The list changed while you were looking. Check it again"))
        self.did = did


def check_or_do(
    form: CheckedForm, act: Callable[[], Did], show: Callable[[Did | None], ResponseReturnValue], done: str
) -> ResponseReturnValue:
    """Do `act` and show what it came to; for good once its author has seen just that. `show(None)` is the form again.

    Whatever is shown is not kept: only a redirect is.
    """
    if not form.validate():
        return show(None)
    try:
        if request.form.get("step") == DO and form_tokens.is_one(form.token.data):
            answer = form_tokens.once(form.token.data, current_user.id, lambda: _as_seen(form, act()))
            flash(done)
            return redirect(answer, 303)
        did = act()
    except Otherwise as otherwise:
        form.form_errors.append(otherwise.sentence)
        did = otherwise.did
    except Refused as refused:
        refused.field = FIELDS.get(refused.field, refused.field)
        say_in(form, refused)
        return show(None)
    for reader in did.effect.readers:
        record.look_at(reader.patient_id, "readers")
    form.seen.data, form.token.data = did.fingerprint, form_tokens.new()
    return show(did)


def _as_seen(form: CheckedForm, did: Did) -> str:
    if form.seen.data != did.fingerprint:
        raise Otherwise(did)
    return did.answer


def page(form: CheckedForm, did: Did, title: str, button: str, *, back: str = "", **more: Any) -> ResponseReturnValue:
    """What an act comes to, with the button that does it. Without `back` the answers can be changed from there."""
    return render_template(
        "staff/schedule/check.html",
        form=form,
        did=did,
        title=title,
        button=button,
        back=back,
        kept=_kept(),
        sentences=sentences(did.effect),
        readers=readers(did.effect),
        clash_words=clash_words(did.clashes),
        most_clashes=NAMED_CLASHES,
        **did.more,
        **more,
    )


def _kept() -> list[tuple[str, str]]:
    """The answers of the form that was sent, to be sent once more from the page that shows what they come to."""
    ours = ("csrf_token", "seen", "token", "step")
    return [(name, value) for name, value in request.form.items(multi=True) if name not in ours]


def sentences(effect: Effect) -> list[str]:
    """How many sessions, people, relatives and emails, in sentences."""
    if not effect.sessions:
        return [gettext("No session that is still to come changes. Nobody gets an email.")]
    said = [
        ngettext("%(num)d session is new or changes.", "%(num)d sessions are new or change.", effect.sessions),
        ngettext("%(num)d person in treatment.", "%(num)d people in treatment.", effect.patients),
    ]
    if not effect.relatives:
        return [*said, gettext("No relative sees it.")]
    said.append(ngettext("%(num)d relative will see it.", "%(num)d relatives will see it.", effect.relatives))
    return [*said, _emails(effect)]


def _emails(effect: Effect) -> str:
    if not effect.emails:
        return gettext("Nobody gets an email.")
    parts = []
    if effect.notices:
        parts.append(ngettext("%(num)d says only “something new”", "%(num)d say only “something new”", effect.notices))
    if effect.with_times:
        parts.append(ngettext("%(num)d says day and time", "%(num)d say day and time", effect.with_times))
    how_many = ngettext("%(num)d gets an email", "%(num)d get an email", effect.emails)
    return f"{how_many}: {words.listed(parts)}."


def readers(effect: Effect) -> list[dict[str, str]]:
    """Each relative who will see it, with what their email says, or why there is none."""
    told: set[int] = set()
    return [{"name": one.name, "relation": one.relation, "words": _email_of(one, told)} for one in effect.readers]


def _email_of(reader: Reader, told: set[int]) -> str:
    if reader.email == EmailLevel.NONE:
        return str(NO_EMAIL[reader.no_email_because])
    if reader.account_id in told:
        return gettext("Sees it. The same email tells them.")
    told.add(reader.account_id)
    if reader.email == EmailLevel.TIMES:
        return gettext("Sees it. Gets an email with day and time.")
    return gettext("Sees it. Gets an email that says only that there is something new.")


def clash_words(clashes: Iterable[Clash]) -> list[dict[str, str]]:
    """Each clash in a sentence, what both want, and the address of the session that was there first, if it has one."""
    found = list(clashes)
    names = {one.id: one.name for one in timetables.leaders()} if found else {}
    return [_clash(one, names) for one in found]


def _clash(clash: Clash, names: dict[int, str]) -> dict[str, str]:
    other = clash.other
    facts = {
        "day": words.day(clash.wanted.starts_at),
        "times": words.times(other.starts_at, other.ends_at),
        "what": other.name or (gettext("another session") if other.ref else gettext("a family session")),
    }
    if clash.over == Over.ROOM:
        said = gettext("%(day)s: %(place)s is taken by %(what)s, %(times)s.", place=other.place, **facts)
    else:
        who = names.get(other.leader_id or 0, gettext("The leader"))
        said = gettext("%(day)s: %(who)s has %(what)s, %(times)s.", who=who, **facts)
    return {
        "words": said,
        "over": clash.over,
        "url": url_for("staff.one_session.page", ref=other.ref) if other.ref else "",
    }
