"""What is another in two texts of a guide, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from flask_babel import gettext

from portal.services.guide_files import GuideFile

SAME, ADDED, GONE = "same", "added", "gone"
# Two lines that share less than this are two lines, not one that was changed.
ALIKE = 0.4


class Piece(NamedTuple):
    """Some words and what became of them: SAME, ADDED or GONE."""

    words: str
    how: str


@dataclass(frozen=True)
class Line:
    """A paragraph or a fact that changed; `part` says of which part of the guide."""

    part: str
    pieces: tuple[Piece, ...]


def differences(old: GuideFile, new: GuideFile) -> list[Line]:
    """Every line that is not the same in both, in the order of the guide."""
    before, after = list(_lines(old)), list(_lines(new))
    found: list[Line] = []
    for how, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how == "equal":
            continue
        gone, added = before[i1:i2], after[j1:j2]
        while gone or added:
            if gone and added and gone[0][0] == added[0][0] and _alike(gone[0][1], added[0][1]):
                part, was = gone.pop(0)
                found.append(Line(part, tuple(_pieces(was, added.pop(0)[1]))))
            elif gone:
                part, was = gone.pop(0)
                found.append(Line(part, (Piece(was, GONE),)))
            else:
                part, now = added.pop(0)
                found.append(Line(part, (Piece(now, ADDED),)))
    return found


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio() >= ALIKE


def _pieces(was: str, now: str) -> Iterator[Piece]:
    old, new = re.findall(r"\S+\s*", was), re.findall(r"\S+\s*", now)
    for how, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            yield Piece("".join(old[i1:i2]), SAME)
            continue
        if i2 > i1:
            yield Piece("".join(old[i1:i2]), GONE)
        if j2 > j1:
            yield Piece("".join(new[j1:j2]), ADDED)


def _lines(guide: GuideFile) -> Iterator[tuple[str, str]]:
    front: dict[str, Any] = guide.front
    danger: dict[str, Any] = front.get("danger") or {}
    yield gettext("Title"), str(front.get("title", ""))
    yield gettext("Short title"), str(front.get("short_title", ""))
    for part, lines in (
        (gettext("Danger signs"), [danger.get("title", ""), *danger.get("lines", ())]),
        (gettext("In short"), front.get("in_short") or ()),
        (gettext("Try this"), front.get("try_this") or ()),
        (gettext("Try not to"), front.get("try_not") or ()),
        (gettext("Text"), re.split(r"\n\s*\n", guide.markdown.strip())),
        (
            gettext("Check yourself"),
            [f"{pair.get('question')} {pair.get('answer')}" for pair in front.get("check_yourself") or ()],
        ),
        (
            gettext("Sources"),
            [
                " | ".join(filter(None, map(source.get, ("publisher", "title", "url"))))
                for source in front.get("sources") or ()
            ],
        ),
    ):
        for line in lines:
            if str(line).strip():
                yield part, str(line)
    for part, name in (
        (gettext("Written by"), "written_by"),
        (gettext("Reviewed by"), "reviewed_by"),
        (gettext("Guide to go on with"), "related"),
    ):
        if front.get(name):
            yield part, str(front[name])
