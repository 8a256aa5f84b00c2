"""Help: how to reach the clinic, whom to call in a crisis, and what this portal does with what it knows."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal import clinic
from portal.front_door import language, offline
from portal.services import help_lines

bp = Blueprint("help", __name__)
bp.context_processor(language.offer_as_a_link)
bp.context_processor(offline.keep)


@dataclass(frozen=True)
class HelpLine:
    """One place to call or text. Words around the numbers come from the template's translator."""

    name: LazyString
    when: LazyString
    how: LazyString


DANGER = (
    HelpLine(
        _l("Emergency"),
        _l("Someone does not wake up, does not breathe, has a seizure, has a weapon, or is badly hurt."),
        _l("Call 911"),
    ),
    HelpLine(
        _l("988 Suicide and Crisis Lifeline"),
        _l("You or someone close to you is in crisis. Day and night, in English and Spanish."),
        _l("Call or text 988. For Spanish, call 988 and press 2"),
    ),
)

LINES = (
    HelpLine(
        _l("Veterans Crisis Line"),
        _l("For veterans, and for their families."),
        _l("Call 988, then press 1. Or text 838255"),
    ),
    HelpLine(
        _l("Poison Help"),
        _l("Someone took too much of something and is awake. If they do not wake up, call 911."),
        _l("Call 1-800-222-1222"),
    ),
    HelpLine(
        _l("Domestic Violence Hotline"),
        _l("Someone at home hurts or scares you."),
        _l("Call 1-800-799-7233. TTY 1-800-787-3224. Or text START to 88788"),
    ),
    HelpLine(_l("Childhelp"), _l("You worry that a child is being hurt."), _l("Call 1-800-422-4453")),
    HelpLine(_l("Sexual Assault Hotline"), _l("Someone was forced or hurt."), _l("Call 1-800-656-4673")),
    HelpLine(_l("Crisis Text Line"), _l("You would rather write than talk."), _l("Text HOME to 741741")),
    HelpLine(_l("Trevor Project"), _l("For young LGBTQ people."), _l("Call 1-866-488-7386")),
    HelpLine(
        _l("Maternal Mental Health Hotline"),
        _l("Before and after a birth. Day and night. Not for emergencies."),
        _l("Call or text 1-833-852-6262"),
    ),
    HelpLine(
        _l("SAMHSA National Helpline"),
        _l("To find treatment near you. In English and Spanish. They inform; they do not counsel."),
        _l("Call 1-800-662-4357. TTY 1-800-487-4889. Or text your ZIP code to 435748, in English"),
    ),
)


@bp.get("/help")
def page() -> str:
    """How to get help with the portal."""
    return render_template("front_door/help/page.html")


@bp.get("/help/now")
def now() -> str:
    """Whom to call at once. Needs no account; `?kept=1` is the copy that a device keeps, and says so."""
    near = help_lines.near(str(get_locale()))
    return render_template(
        "front_door/help/now.html",
        danger=DANGER,
        lines=LINES,
        near=near.lines,
        verified_on=near.verified_on,
        is_old=near.is_old(clinic.today()),
        is_kept="kept" in request.args,
    )


@bp.get("/privacy")
def privacy() -> str:
    """What the portal keeps, who can see it, and for how long."""
    return render_template("front_door/help/privacy.html")


@bp.get("/accessibility")
def accessibility() -> str:
    """What works for everybody, what was tested, and what to do when something does not work."""
    return render_template("front_door/help/accessibility.html")
