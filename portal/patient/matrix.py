"""The picture of who can see what, row by row."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import url_for
from flask_babel import gettext

from portal import clinic, words
from portal.consent.matrix import cells
from portal.consent.picture import Sharing, Standing, Why
from portal.patient.everybody import ref_of, share_url

# What ended longer ago than this is folded away.
RECENT = dt.timedelta(days=90)
# What ends within this is said, calmly: an end is nothing that asks to be prevented.
SOON = dt.timedelta(days=14)
# What the patient can mend by signing anew.
SIGN_AGAIN = (Why.OWN_SIGNATURE, Why.PARENT)


def row(sharing: Sharing) -> dict[str, Any]:
    """One person of the picture."""
    ref = ref_of(sharing)
    has_dots = sharing.standing in (Standing.ACTIVE, Standing.PAUSED)
    return {
        "name": sharing.person.name,
        "letter": words.initial(sharing.person.name),
        "colour": sharing.person.colour,
        "relation_words": sharing.person.relation,
        "until_words": until(sharing) if has_dots else "",
        "ends_words": ends_soon(sharing, clinic.today()) if has_dots else "",
        "url": url_for("patient.people.page", ref=ref),
        "cells": cells(sharing),
        "last_look_words": last_look(sharing),
        "stop_url": url_for("patient.less.stop", ref=ref) if has_dots else None,
        "tag": None if has_dots else tag(sharing, ref),
    }


def until(sharing: Sharing) -> str:
    """The word after "until"."""
    if sharing.consent is None or sharing.consent.ends_on is None:
        return ""
    if sharing.consent.ends_with_program:
        return gettext("I leave the program")
    return words.short_day(sharing.consent.ends_on)


def ends_soon(sharing: Sharing, today: dt.date) -> str:
    """That it ends within two weeks, and that nothing has to be done about it; else nothing."""
    last_day = sharing.consent.ends_on if sharing.consent is not None else None
    if last_day is None or last_day > today + SOON:
        return ""
    return gettext("Ends %(day)s. You do not have to do anything.", day=words.day(last_day))


def last_look(sharing: Sharing) -> str:
    """ "Looked today", "Looked Nov 19", "Not yet"."""
    if sharing.last_look is None:
        return gettext("Not yet")
    return gettext("Looked %(day)s", day=words.relative_day(sharing.last_look))


def tag(sharing: Sharing, ref: str) -> dict[str, str]:
    """The one sentence of somebody who sees nothing, and what the patient can do about it."""
    again = {"link_url": share_url(ref), "link_words": gettext("Share again")}
    look = {"link_url": url_for("patient.people.page", ref=ref), "link_words": gettext("See it or stop it")}
    named = {"name": sharing.first_name}
    said: dict[str, str] = {"words": standing_words(sharing)}
    if sharing.standing == Standing.ASKED:
        asked = gettext("Look at what %(name)s asked", **named)
        link = {"link_url": url_for("patient.requests.page", ref=ref), "link_words": asked}
        return said | link | {"kind": "ochre", "icon": "hourglass-split"}
    if sharing.standing == Standing.INVITED:
        return said | look | {"kind": "ochre", "icon": "hourglass-split"}
    if sharing.standing == Standing.NOT_USABLE and sharing.why in SIGN_AGAIN:
        again["link_words"] = gettext("Sign again")
        return said | again | {"kind": "ochre", "icon": "hourglass-split"}
    if sharing.standing == Standing.NOT_USABLE:
        return said | look | {"kind": "ochre", "icon": "hourglass-split"}
    if sharing.standing == Standing.NOTHING:
        again["link_words"] = gettext("Share with %(name)s", **named)
    return said | again | {"kind": "plain", "icon": "slash-circle"}


def standing_words(sharing: Sharing) -> str:
    """What somebody sees now, in a sentence or two."""
    day = words.day(sharing.ended_on).split(", ", 1)[-1] if sharing.ended_on else ""
    return {
        Standing.ACTIVE: gettext("Can see what is ticked."),
        Standing.PAUSED: gettext("Paused. Sees nothing."),
        Standing.INVITED: gettext("Waiting for them to accept. Sees nothing yet."),
        Standing.ASKED: gettext("Waiting for you. Sees nothing yet."),
        Standing.NOT_USABLE: _why_words(sharing),
        Standing.TURNED_OFF: gettext("Everything is turned off. Sees nothing."),
        Standing.ENDED: gettext("Ended %(day)s. Sees nothing.", day=day),
        Standing.STOPPED: gettext("Stopped %(day)s. Sees nothing.", day=day),
        Standing.NOTHING: gettext("Sees nothing."),
    }[sharing.standing]


def _why_words(sharing: Sharing) -> str:
    begins = words.day(sharing.consent.starts_at) if sharing.consent and sharing.consent.starts_at else ""
    return {
        Why.INVALID: gettext("This form does not count. Sees nothing. Call us about it."),
        Why.ON_HOLD: gettext("On hold right now. Sees nothing. Call us about it."),
        Why.INCOMPLETE: gettext("Something is missing on this form. Sees nothing. Call us about it."),
        Why.UNCHECKED: gettext("Signed on paper, and we are still checking it. Sees nothing yet."),
        Why.OWN_SIGNATURE: gettext("You are an adult now, so this needs your own signature. Sees nothing until then."),
        Why.PARENT: gettext("This needs the signature of a parent or guardian too. Sees nothing until then."),
        Why.NOT_BEGUN: gettext("Begins %(day)s. Sees nothing yet.", day=begins),
    }.get(sharing.why or Why.INCOMPLETE, gettext("Cannot be used right now. Sees nothing. Call us about it."))


def is_old(sharing: Sharing, today: dt.date) -> bool:
    """Whether it ended so long ago that it is folded away."""
    return sharing.ended_on is not None and sharing.ended_on < today - RECENT
