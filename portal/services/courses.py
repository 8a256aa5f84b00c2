"""Courses: guides in an order, how far one reader is, and telling the care team at the end, if they want to."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Course, CourseFinish
from portal.services import guide_progress, guides
from portal.services.guides import FALLBACK, GuideRow


@dataclass(frozen=True)
class Part:
    """One guide as a part of a course; `number` counts from 1 through all stages."""

    number: int
    guide: GuideRow

    @property
    def is_done(self) -> bool:
        return self.guide.is_read


@dataclass(frozen=True)
class Stage:
    """A stretch of the way."""

    title: str
    parts: tuple[Part, ...]

    @property
    def done(self) -> int:
        return sum(part.is_done for part in self.parts)


@dataclass(frozen=True)
class Way:
    """A course as one reader has it before them: its stages in their language, and how far they are."""

    slug: str
    title: str
    text: str
    stages: tuple[Stage, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for stage in self.stages for part in stage.parts)

    @property
    def done(self) -> int:
        return sum(stage.done for stage in self.stages)

    @property
    def total(self) -> int:
        return len(self.parts)

    @property
    def percent(self) -> int:
        """Whole per cent, rounded down: a hundred is said of nothing but the whole."""
        return self.done * 100 // self.total if self.total else 0

    @property
    def is_finished(self) -> bool:
        return self.total > 0 and self.done == self.total

    def part(self, number: int) -> Part:
        """Raises NotShared."""
        if not 1 <= number <= self.total:
            raise NotShared
        return self.parts[number - 1]

    def stage_of(self, part: Part) -> Stage:
        return next(stage for stage in self.stages if part in stage.parts)

    def to_go_on(self, after: int = 0) -> Part | None:
        """The first part after this one that is not done, else the first one at all; None when all are."""
        waiting = [part for part in self.parts if not part.is_done]
        return next((part for part in waiting if part.number > after), waiting[0] if waiting else None)


# Questions


def ways(language: str, account_id: int | None) -> list[Way]:
    """All courses that have a part to read, in their order."""
    courses = session().scalars(select(Course).order_by(Course.position, Course.slug)).all()
    rows = {row.slug: row for row in guides.listed(language, account_id=account_id)} if courses else {}
    return [way for course in courses if (way := _way(course, language, rows)).total]


def way(slug: str, language: str, account_id: int | None) -> Way:
    """One course. Raises NotShared."""
    course = session().get(Course, slug)
    rows = {row.slug: row for row in guides.listed(language, account_id=account_id)} if course else {}
    if course is None or not (found := _way(course, language, rows)).total:
        raise NotShared
    return found


def has_told(account_id: int, slug: str) -> bool:
    """Whether this reader told the care team that they finished the course."""
    return session().get(CourseFinish, (account_id, slug)) is not None


def _way(course: Course, language: str, rows: dict[str, GuideRow]) -> Way:
    """A guide that was taken down, or stands in the course twice, is no part."""
    stages, number, seen = [], 0, set[str]()
    for stage in course.stages:
        parts = []
        for slug in stage["guides"]:
            if slug in rows and slug not in seen:
                seen.add(slug)
                number += 1
                parts.append(Part(number, rows[slug]))
        if parts:
            stages.append(Stage(in_language(stage["title"], language), tuple(parts)))
    return Way(course.slug, in_language(course.title, language), in_language(course.text, language), tuple(stages))


def in_language(words: dict[str, str], language: str) -> str:
    """The words in a language, or in English, or in any."""
    return words.get(language) or words.get(FALLBACK) or next(iter(words.values()), "")


# Acts


def finish_part(account_id: int, found: Way, number: int, language: str) -> None:
    """Mark the guide of a part as read. Raises NotShared."""
    guide_progress.finish(account_id, guides.get(found.part(number).guide.slug, language))


def tell(account_id: int, found: Way) -> None:
    """Let the care team know that somebody finished a course; twice is once. Raises Refused while parts are left."""
    if not found.is_finished:
        raise Refused(gettext("You can tell the care team when you have read every part."))
    if not has_told(account_id, found.slug):
        try:
            with session().begin_nested():
                session().add(CourseFinish(account_id=account_id, course=found.slug, told_at=clock.now()))
        except IntegrityError:
            pass  # the same button, pressed twice
