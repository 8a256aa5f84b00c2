"""Courses out of a file: those that come with the portal, and a clinic's own."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.db import session
from portal.models import Course
from portal.services.guide_files import BadGuide
from portal.services.guides import FALLBACK

FILE = "courses.toml"


def load(folder: Path) -> dict[str, int]:
    """Read the courses of `folder` into the database, if it has any. Safe to repeat.

    Counts `created`, `updated`, `unchanged` and `kept`: an order that the clinic made its own stays.
    Raises BadGuide before anything is stored.
    """
    counts: Counter[str] = Counter(created=0, updated=0, unchanged=0, kept=0)
    file = folder / FILE
    if not file.exists():
        return dict(counts)
    known = {course.slug: course for course in session().scalars(select(Course))}
    for slug, facts in _read(file).items():
        course = known.get(slug)
        if course is None:
            counts["created"] += 1
            session().add(Course(slug=slug, **facts))
        elif course.edited:
            counts["kept"] += 1
        elif all(getattr(course, name) == value for name, value in facts.items()):
            counts["unchanged"] += 1
        else:
            counts["updated"] += 1
            for name, value in facts.items():
                setattr(course, name, value)
    session().flush()
    return dict(counts)


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        courses = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise BadGuide(f"{file.name}: cannot be read ({trouble})") from trouble
    for slug, facts in courses.items():
        stages = facts.get("stages") or []
        if not facts.get("title", {}).get(FALLBACK):
            raise BadGuide(f"{file.name}: {slug} lacks a title in English")
        if not stages or not all(stage.get("title", {}).get(FALLBACK) and stage.get("guides") for stage in stages):
            raise BadGuide(f"{file.name}: {slug} needs stages, each with a title in English and guides")
    return {
        slug: {
            "position": int(facts.get("position", 0)),
            "title": facts["title"],
            "text": facts.get("text", {}),
            "stages": [{"title": stage["title"], "guides": list(stage["guides"])} for stage in facts["stages"]],
        }
        for slug, facts in courses.items()
    }
