"""An answer as the reader gets it, and the face it shows once what may differ is taken away."""

from __future__ import annotations

import base64
import re
import zlib
from http.cookies import SimpleCookie

from werkzeug.test import TestResponse

from portal.headers import ALWAYS, DOWNLOAD_POLICY

# Drawn by lot, or the address that was asked for: neither says anything.
_TOKEN = re.compile(r'(name="(?:csrf_token|token|back)"[^>]*value=")[^"]*')


def face(answer: TestResponse, *own_words: str) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body, without form tokens, cookies' signatures and the reader's `own_words`."""
    body = _TOKEN.sub(r"\1", answer.get_data(as_text=True))
    for word in own_words:
        body = re.sub(rf"\b{re.escape(word)}\b", "the reader", body)
    headers = [(name, value) for name, value in answer.headers if name not in ("Date", "Set-Cookie", "Content-Length")]
    cookies = [("Set-Cookie", value.partition("=")[0]) for value in answer.headers.getlist("Set-Cookie")]
    return answer.status_code, sorted(headers + cookies), body


def everything_in(answer: TestResponse) -> str:
    """Body, headers and what the cookies hold, in one text to search."""
    cookies = [_opened(value) for value in answer.headers.getlist("Set-Cookie")]
    return "\n".join([answer.get_data(as_text=True), str(answer.headers), *cookies])


def _opened(cookie: str) -> str:
    payload = cookie.partition("=")[2].partition(";")[0]
    packed = payload.startswith(".")
    data = payload.lstrip(".").partition(".")[0]
    try:
        raw = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
        return (zlib.decompress(raw) if packed else raw).decode("utf-8", "replace")
    except (ValueError, zlib.error):
        return payload


def what_lacks(answer: TestResponse, *, is_static: bool = False) -> list[str]:
    """The headers that every answer carries and this one does not, and what its cookies lack."""
    is_file = answer.headers.get("Content-Disposition", "").startswith("attachment")
    wanted = ALWAYS | ({"Content-Security-Policy": DOWNLOAD_POLICY} if is_file else {})
    missing = [name for name, value in wanted.items() if answer.headers.get(name) != value]
    if not is_static and answer.headers.get("Cache-Control") != "no-store":
        missing.append("Cache-Control: no-store")
    for header in answer.headers.getlist("Set-Cookie"):
        for name, morsel in SimpleCookie(header).items():
            if morsel.value and not morsel["httponly"]:
                missing.append(f"HttpOnly on the cookie {name}")
            if morsel.value and morsel["samesite"] not in ("Lax", "Strict"):
                missing.append(f"SameSite on the cookie {name}")
    return missing
