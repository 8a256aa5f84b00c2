"""Signed out by time: the page somebody was on, and what they typed there, wait until they sign in again.

The cookie is a signed one that the server takes for half an hour after the last answer. Later it opens
nothing, but for some hours it still says whose it was: enough to lead that person, and nobody else,
back to their page, and to keep for them a form that arrived too late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, Response, current_app, flash, g, has_request_context, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext
from flask_login import current_user, user_logged_in
from flask_wtf import FlaskForm
from itsdangerous import BadSignature
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException

from portal.db import SAFE_METHODS
from portal.models import Account
from portal.services import kept_answers, sign_ins

# Signed out by itself after this long without a click.
IDLE = dt.timedelta(minutes=30)
# Whose a cookie was can be told for this long: a tab left open over a long day.
TELLS_WHOSE = dt.timedelta(hours=12)
# What of a session outlives the time-out. The form token does, so that a late form is known to be ours.
OUTLIVES = ("_permanent", "csrf_token", "language", "timed_out", "left_at", "too_late", "answers_wait")
# A signature is given anew, and a password is written down nowhere.
NEVER_KEPT = ("patient.signing.sign", "patient.signing.sign_second", "front_door.email_address.page")
# Sent by the script for someone who did not press the button: keep the answers, do nothing else.
ONLY_KEEP = "Only-Keep"

View = TypeVar("View", bound=Callable[..., Any])


class HalfAnHour(SecureCookieSessionInterface):
    """Signed cookies that end half an hour after the last answer, and are gone when the browser is closed."""

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> None:
        return None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        opened = super().open_session(app, request)
        sent = request.cookies.get(self.get_cookie_name(app))
        serializer = self.get_signing_serializer(app)
        if opened or not sent or serializer is None:
            return opened
        try:
            before = serializer.loads(sent, max_age=int(TELLS_WHOSE.total_seconds()))
        except BadSignature:
            return opened
        left = {name: before[name] for name in OUTLIVES if name in before}
        if "_user_id" in before:
            left["timed_out"] = [before["_user_id"], before.get("sign_in", "")]
        return self.session_class(left)


def init_app(app: Flask) -> None:
    """Let sessions end after half an hour, and let forms take up what was kept."""
    app.config["PERMANENT_SESSION_LIFETIME"] = IDLE
    app.session_interface = HalfAnHour()
    FlaskForm.Meta = _TakesUpWhatWasKept  # type: ignore[misc]  # every form, on whichever page
    user_logged_in.connect(_remember_where_to, app)
    app.after_request(_lead_back)
    app.after_request(_forget_what_was_sent)


def form_at(endpoint: str) -> Callable[[View], View]:
    """Say where the form is that sends to this view, when it is not at the view's own address."""

    def mark(view: View) -> View:
        view.form_page = endpoint  # type: ignore[attr-defined]
        return view

    return mark


def keep_for_later() -> None:
    """Remember the page, or the answers, of somebody whose time was up when they asked. For the locks."""
    if "timed_out" not in session:
        return
    if request.method == "POST":
        session["too_late"] = True
        _keep_answers()
    elif request.method == "GET" and _is_a_page() and "answers_wait" not in session:
        session["left_at"] = _address()


def is_only_kept() -> bool:
    """Whether the script sent this in case the time was up, and it is not: so nothing is to be done."""
    return ONLY_KEEP in request.headers


def kept() -> MultiDict[str, str] | None:
    """What the reader of this page typed here before their time was up; None when there is nothing."""
    if not has_request_context() or request.method != "GET" or session.get("kept_for") != _address():
        return None
    if "kept_answers" not in g:
        g.kept_answers = kept_answers.of(current_user.id, _address()) if current_user.is_authenticated else []
    return ImmutableMultiDict(tuple(pair) for pair in g.kept_answers) if g.kept_answers else None


class _TakesUpWhatWasKept(FlaskForm.Meta):  # type: ignore[misc]
    def wrap_formdata(self, form: Any, formdata: Any) -> Any:
        given = super().wrap_formdata(form, formdata)
        if given is not None or formdata is None:
            return given
        typed = kept()
        return typed if typed and any(name in form for name in typed) else None


def _address() -> str:
    return request.full_path.removesuffix("?")


def _is_a_page() -> bool:
    # A part of a page that the script fetches is no place to go back to.
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def form_page() -> str | None:
    """The address of the page whose form sends here; None when no page of ours is known for it."""
    endpoint = getattr(current_app.view_functions.get(request.endpoint or ""), "form_page", None)
    if endpoint:
        return url_for(endpoint, **(request.view_args or {}))
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        page, _ = adapter.match(method="GET")
    except HTTPException:
        return None
    # The same address in another module is another page: it only looks like a row of that name.
    return _address() if page.rpartition(".")[0] == request.blueprint else None


def _keep_answers() -> None:
    page, account = form_page(), sign_ins.account_of(*session["timed_out"])
    if page is None or account is None:
        return
    session["left_at"] = page
    answers = [[name, value] for name, value in request.form.items(multi=True) if name != "csrf_token"]
    if answers and request.endpoint not in NEVER_KEPT and kept_answers.keep(account.id, page, answers):
        session["answers_wait"] = True


def _remember_where_to(app: Flask, user: Account) -> None:
    whose, _ = session.pop("timed_out", (None, None))
    page, too_late, answers_wait = (session.pop(name, None) for name in ("left_at", "too_late", "answers_wait"))
    session.pop("kept_for", None)
    if whose != user.fs_uniquifier:
        return
    g.left_at = page
    if answers_wait:
        session["kept_for"] = page
    if too_late and page:
        flash(gettext("You are signed in again. Check your answers and press the button again."), "need")
    elif too_late:
        flash(gettext("You are signed in again. What you pressed before that was not done."), "need")


def _lead_back(response: Response) -> Response:
    if request.endpoint == "security.login" and response.status_code in (302, 303) and g.get("left_at"):
        response.location = g.left_at
    return response


def _forget_what_was_sent(response: Response) -> Response:
    if request.method in SAFE_METHODS or "kept_for" not in session or not 300 <= response.status_code < 400:
        return response
    if request.endpoint and session["kept_for"] == form_page() and current_user.is_authenticated:
        kept_answers.forget(current_user.id)
        session.pop("kept_for")
    return response
