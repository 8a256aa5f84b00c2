"""Long lists in pages: which one is asked for, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request


@dataclass(frozen=True)
class Page:
    """One page of a list, counted from 1."""

    number: int
    of: int
    per_page: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.per_page


def asked_for(total: int, per_page: int) -> Page:
    """The page that `?page=` names; the nearest one there is when it names none."""
    last = max(1, -(-total // per_page))
    number = request.args.get("page", 1, type=int)
    return Page(min(max(number, 1), last), last, per_page)
