"""What the search of the library reads: the guides as stems, how rare each stem is, how each word may be misspelled."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped

from portal.models.base import Base, key, public, staff_only

LONGEST_WORD = 40


class GuideText(Base):
    """One guide as the search weighs it, and the stems that lead to it.

    `text` is a sentence a line. `title`, `head` and `body` are stems between blanks; `body` has the lines of `text`
    in the same order and in each line as many stems as words. `best_for` and `good_for` are the stems of which this
    guide is one of the first; the database's own full-text index (migration 0015) is over these two.
    """

    __tablename__ = "guide_text"

    guide_id: Mapped[int] = key(ForeignKey("guide.id"), primary_key=True, autoincrement=False)
    language: Mapped[str] = public(String(5))
    title: Mapped[str] = public(Text)
    head: Mapped[str] = public(Text)
    body: Mapped[str] = public(Text)
    text: Mapped[str] = public(Text)
    best_for: Mapped[str] = public(Text, default="")
    good_for: Mapped[str] = public(Text, default="")
    made_from: Mapped[str] = staff_only(String(80))


class GuideStem(Base):
    """In how many guides of a language a stem stands; the stem "" counts the guides."""

    __tablename__ = "guide_stem"

    language: Mapped[str] = public(String(5), primary_key=True)
    stem: Mapped[str] = public(String(LONGEST_WORD), primary_key=True)
    guides: Mapped[int] = public()


class GuideSpelling(Base):
    """A word of the library under one of the sounds by which it is found when it is misspelled."""

    __tablename__ = "guide_spelling"

    language: Mapped[str] = public(String(5), primary_key=True)
    sound: Mapped[str] = public(String(LONGEST_WORD), primary_key=True)
    word: Mapped[str] = public(String(LONGEST_WORD), primary_key=True)
