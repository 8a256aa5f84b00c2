"""A session cookie that is older than it is: what a browser holds after somebody was away."""

from __future__ import annotations

import time
from unittest.mock import patch

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from playwright.sync_api import BrowserContext

from portal.config import NOT_A_SECRET

COOKIES = ("portal", "__Host-portal")


def leave_for(client: FlaskClient, *, minutes: float = 31) -> None:
    """Let a browser be left alone."""
    cookie = client.get_cookie(COOKIES[0])
    assert cookie is not None
    client.set_cookie(COOKIES[0], _given_out_earlier(cookie.value, minutes))


def leave_chromium_for(context: BrowserContext, *, minutes: float = 31) -> None:
    """The same for a real one. Its pages know nothing of it: their clock is the page's own."""
    [cookie] = [cookie for cookie in context.cookies() if cookie["name"] in COOKIES]
    context.add_cookies([cookie | {"value": _given_out_earlier(cookie["value"], minutes)}])  # type: ignore[list-item]


def _given_out_earlier(cookie: str, minutes: float) -> str:
    app = Flask("later")
    app.secret_key = NOT_A_SECRET
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    then = int(time.time() - minutes * 60)
    with patch.object(TimestampSigner, "get_timestamp", lambda self: then):
        return str(serializer.dumps(serializer.loads(cookie)))
