"""The headers on every answer, errors and static files included."""

from __future__ import annotations

from flask import Flask, Response, request

# No inline code, no other origin, no frame around us.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

# A file that somebody kept here is never a page of ours, whatever a browser makes of it.
DOWNLOAD_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

# For a file that one reader's own program keeps, and asks about again each time.
KEPT_BY_ITS_READER = "private, no-cache"

ALWAYS = {
    "Content-Security-Policy": POLICY,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}


def on_every_answer(app: Flask) -> None:
    """Add the headers, forbid caches what is not said to be kept, and answer a POST that moves on with 303."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.update(ALWAYS)
        if response.headers.get("Content-Disposition", "").startswith("attachment"):
            response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
        if response.headers.get("Cache-Control") != KEPT_BY_ITS_READER:
            response.headers["Cache-Control"] = "no-store"
        if request.method == "POST" and response.status_code == 302:
            response.status_code = 303
        return response


def on_static_file(headers: object, path: str, url: str) -> None:
    """The same for files that WhiteNoise serves; their names hold a hash, so they may be kept."""
    for name, value in ALWAYS.items():
        headers[name] = value  # type: ignore[index]
