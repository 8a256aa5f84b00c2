"""What stands around every page: language, menu, the bar that says who shares, the help at the foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, session, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user
from jinja2 import Template
from markupsafe import Markup
from whitenoise import WhiteNoise

from portal import assets, clinic, headers, timeouts, words
from portal.consent import people
from portal.consent.viewer import Viewer

LANGUAGES = {"en": "English", "es": "Español"}

# Where someone lands who has to leave in a hurry: a page that anybody might have open.
AWAY = "https://weather.gov"


@dataclass(frozen=True)
class MenuItem:
    """One word of the menu; `short` is for the narrow bar of a phone."""

    label: str
    url: str
    icon: str
    current: bool = False
    short: str = ""


@dataclass(frozen=True)
class OtherLanguage:
    """The language the page could be read in instead."""

    code: str
    label: str


class Written(Template):
    """A template of a page or of an email, in which no time ends in two points."""

    def render(self, *args: Any, **facts: Any) -> str:
        return words.one_point(super().render(*args, **facts))


def language() -> str:
    """The reader's language: what the context says, what they chose, or what their browser prefers."""
    if "language" in g:
        return str(g.language)
    if not request:
        return "en"
    if session.get("language") in LANGUAGES:
        return str(session["language"])
    if current_user.is_authenticated:
        return current_user.language if current_user.language in LANGUAGES else "en"
    return request.accept_languages.best_match(LANGUAGES) or "en"


def menu_item(label: str, endpoint: str, icon: str, *also: str, short: str = "") -> MenuItem:
    """A menu item that is current on its own endpoint, on every page of its module, and on those in `also`."""
    here = request.endpoint or ""
    below = endpoint.rsplit(".", 1)[0]
    return MenuItem(label, url_for(endpoint), icon, here.startswith((below + ".", *also)), short)


def around_every_page(app: Flask) -> None:
    """Give every template the frame, and serve the static files."""
    app.jinja_env.filters.update(
        day=words.day,
        full_day=words.full_day,
        short_day=words.short_day,
        relative_day=words.relative_day,
        clock_time=words.time,
    )
    app.jinja_env.globals.update(asset=assets.url, words=words)
    app.jinja_env.template_class = Written
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(assets.TARGET),
        prefix="static/",
        immutable_file_test=lambda path, url: True,
        add_headers_function=headers.on_static_file,
        autorefresh=app.config["SETTINGS"].mode == "test",
    )

    @app.context_processor
    def frame() -> dict[str, Any]:
        lang = str(get_locale())
        sharing = people.people() if _a_relative_looks() else []
        other = next(code for code in LANGUAGES if code != lang)
        return {
            "clinic": clinic.facts(),
            "layout": g.get("layout", "base.html"),
            "menu": g.get("menu", []),
            "door": g.get("door", "front"),
            "sharing": sharing,
            "about_words": people.about_words() if sharing else "",
            "notice": notice_words() if sharing else None,
            "leave_url": g.get("leave_url"),
            "timed_out": "timed_out" in session,
            "stay_url": url_for("front_door.stay.stay") if current_user.is_authenticated else None,
            "idle_seconds": int(timeouts.IDLE.total_seconds()),
            "account": current_user if current_user.is_authenticated else None,
            "lang": lang,
            "other_language": OtherLanguage(other, LANGUAGES[other]),
            "theme": current_user.theme if current_user.is_authenticated else "auto",
            "form_page": timeouts.form_page() if request.method == "POST" else None,
            "zone_words": words.zone(),
        }

    @app.template_filter()
    def paragraphs(text: str) -> Markup:
        """Plain text as paragraphs; whatever looks like HTML in it is shown, not obeyed."""
        blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
        return Markup("\n").join(Markup("<p>{}</p>").format(block) for block in blocks)


def _a_relative_looks() -> bool:
    viewer: Viewer | None = g.get("viewer")
    return viewer is not None and viewer.relative_id is not None and request.blueprint != "front_door"


# 42 CFR 2.32(a)(2), wording of the 2024 rule; a test pins it.
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."


def notice_words() -> str:
    """A plain line, then the statement of 42 CFR 2.32(a)(2) as the law words it."""
    return gettext("Please keep this private. The law asks you not to pass it on.") + " " + NOTICE
