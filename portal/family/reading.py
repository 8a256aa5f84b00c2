"""What to read next: from what the reader read so far, and from nothing that anybody else decides."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import get_locale, gettext

from portal.consent.viewer import the_viewer
from portal.services import courses


@dataclass(frozen=True)
class Suggestion:
    """A guide to go on with, and why it is the one."""

    title: str
    url: str
    why: str
    language: str
    minutes: int


def suggested() -> Suggestion | None:
    """The guide in whose middle the reader is, else the next part of the course; None when all of it is read.

    Nothing for somebody who looks through a relative's eyes: what the relative reads is the relative's own.
    """
    viewer = the_viewer()
    way = None if viewer.is_preview else next(iter(courses.ways(str(get_locale()), viewer.account_id)), None)
    if way is None:
        return None
    begun = next((part.guide for part in way.parts if part.guide.is_begun), None)
    part = way.to_go_on()
    if begun is not None:
        guide, url = begun, url_for("front_door.guides.read", slug=begun.slug)
        why = gettext("You kept your place in it.")
    elif part is not None:
        guide, url = part.guide, url_for("front_door.courses.read", course=way.slug, number=part.number)
        why = gettext("Part %(number)s of “%(course)s”.", number=part.number, course=way.title)
    else:
        return None
    return Suggestion(guide.title, url, why, guide.language, guide.minutes)
