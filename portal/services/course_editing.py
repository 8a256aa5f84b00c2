"""The care team puts a course in order: parts up and down, in and out, stages, names in each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Account, Course, CourseFinish, Guide, Relative
from portal.services.guide_front import NAME
from portal.services.guides import FALLBACK

Stages = list[dict[str, Any]]

LONGEST_TITLE, LONGEST_TEXT = 80, 400


# Rules: each takes the stages of a course and returns others.


def moved(stages: Stages, slug: str, step: int) -> Stages:
    """The part one place up (-1) or down (1), over the border of its stage where it stands at one.

    Raises NotShared for what is no part, and Refused where there is no place further on.
    """
    new = deepcopy(stages)
    at, guides = _stage_of(new, slug)
    place = guides.index(slug)
    if 0 <= place + step < len(guides):
        guides[place], guides[place + step] = guides[place + step], slug
        return new
    if not 0 <= at + step < len(new):
        raise Refused(gettext("It stands at the end already."))
    guides.remove(slug)
    neighbours = new[at + step]["guides"]
    neighbours.insert(0 if step > 0 else len(neighbours), slug)
    return _without_empty(new)


def without(stages: Stages, slug: str) -> Stages:
    """The course without this part. Raises NotShared, and Refused for the last one."""
    new = deepcopy(stages)
    _stage_of(new, slug)[1].remove(slug)
    new = _without_empty(new)
    if not new:
        raise Refused(gettext("A course needs at least one part."))
    return new


def with_guide(stages: Stages, slug: str, number: int) -> Stages:
    """The guide as the last part of the stage of this number, from 0. Raises Refused for what cannot be added."""
    new = deepcopy(stages)
    if any(slug in stage["guides"] for stage in new):
        raise Refused(gettext("This guide is a part of the course already."), "guide")
    if not 0 <= number < len(new):
        raise Refused(gettext("Choose a stage."), "stage")
    new[number]["guides"].append(slug)
    return new


def with_stage(stages: Stages, title: Mapping[str, str], slug: str) -> Stages:
    """One more stage at the end, which begins with this guide."""
    check_title(title)
    if any(slug in stage["guides"] for stage in stages):
        raise Refused(gettext("This guide is a part of the course already."), "guide")
    return [*deepcopy(stages), {"title": dict(title), "guides": [slug]}]


def with_titles(stages: Stages, titles: Sequence[Mapping[str, str]]) -> Stages:
    """The same stages under other names. Raises Refused for a name that is missing or too long."""
    new = deepcopy(stages)
    for stage, title in zip(new, titles, strict=True):
        check_title(title)
        stage["title"] = dict(title)
    return new


def check_title(title: Mapping[str, str]) -> None:
    """Raises Refused unless there is a name in English, and none is too long."""
    if not title.get(FALLBACK):
        raise Refused(gettext("Write a name in English."), "title_en")
    if any(len(words) > LONGEST_TITLE for words in title.values()):
        raise Refused(gettext("Make the name shorter: at most %(most)s letters.", most=LONGEST_TITLE), "title_en")


def _stage_of(stages: Stages, slug: str) -> tuple[int, list[str]]:
    for number, stage in enumerate(stages):
        if slug in stage["guides"]:
            return number, stage["guides"]
    raise NotShared


def _without_empty(stages: Stages) -> Stages:
    return [stage for stage in stages if stage["guides"]]


# Questions


def all_of_them() -> list[Course]:
    """Every course in its order."""
    return list(session().scalars(select(Course).order_by(Course.position, Course.slug)))


def find(slug: str) -> Course:
    """Raises NotShared."""
    course = session().get(Course, slug)
    if course is None:
        raise NotShared
    return course


def guides_to_add(course: Course) -> list[tuple[str, str]]:
    """(slug, title) of the published guides that are no part of it, in the order of the library."""
    parts = {slug for stage in course.stages for slug in stage["guides"]}
    rows = session().execute(
        select(Guide.slug, Guide.title).where(Guide.language == FALLBACK).order_by(Guide.position, Guide.slug)
    )
    return [(row.slug, row.title) for row in rows if row.slug not in parts]


def titles_of(course: Course) -> dict[str, str]:
    """The titles of its parts, by slug; a guide that was taken down has none."""
    parts = [slug for stage in course.stages for slug in stage["guides"]]
    rows = session().execute(select(Guide.slug, Guide.title).where(Guide.language == FALLBACK, Guide.slug.in_(parts)))
    return {row.slug: row.title for row in rows}


def who_told() -> list[tuple[str, CourseFinish]]:
    """Who told that they finished a course, the last first: (name, what they told)."""
    rows = session().execute(
        select(Relative, CourseFinish)
        .join(Account, Account.id == Relative.account_id)
        .join(CourseFinish, CourseFinish.account_id == Account.id)
        .order_by(CourseFinish.told_at.desc(), Relative.id)
        .limit(200)
    )
    return [(f"{relative.given_name} {relative.family_name}", finish) for relative, finish in rows]


# Acts


def change(slug: str, version: int, make: Callable[[Stages], Stages]) -> Course:
    """Put its parts in another order. Raises NotShared, and Refused when somebody else changed it meanwhile."""
    course = _to_change(slug, version)
    course.stages = make(course.stages)
    return course


def rename(slug: str, version: int, title: Mapping[str, str], text: Mapping[str, str]) -> Course:
    """Give it other words. Raises NotShared, and Refused with the field it is about."""
    check_title(title)
    if any(len(words) > LONGEST_TEXT for words in text.values()):
        raise Refused(_l("Make the text shorter: at most %(most)d letters", most=LONGEST_TEXT), "text_en")
    course = _to_change(slug, version)
    course.title, course.text = dict(title), dict(text)
    return course


def begin(slug: str, title: Mapping[str, str], guide: str) -> Course:
    """A new course that begins with this guide. Raises Refused with the field it is about."""
    check_title(title)
    if not NAME.fullmatch(slug) or len(slug) > LONGEST_TITLE:
        raise Refused(gettext("Use small letters, digits and hyphens, like first-weeks."), "slug")
    if session().get(Course, slug) is not None:
        raise Refused(gettext("There is a course at this address already."), "slug")
    course = Course(
        slug=slug, position=100, title=dict(title), text={}, edited=True, version=1,
        stages=[{"title": dict(title), "guides": [guide]}],
    )  # fmt: skip
    session().add(course)
    return course


def _to_change(slug: str, version: int) -> Course:
    course = session().scalar(select(Course).where(Course.slug == slug).with_for_update())
    if course is None:
        raise NotShared
    if course.version != version:
        raise Refused(gettext("Somebody changed this course after you opened it. Here it is as it is now."))
    course.edited = True
    course.version += 1
    return course
