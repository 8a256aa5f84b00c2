"""The picture of who can see what, in cells: what can be shared, and what one person sees of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from portal.consent.picture import Sharing, Standing
from portal.consent.scopes import BOXES, ICONS, WORDS, Scope, left_out


@dataclass(frozen=True)
class Column:
    """One thing that can be shared."""

    label: str
    icon: str


@dataclass(frozen=True)
class Cell:
    """What one person sees of a thing: `state` is "on", "off" or "paused", `but` in words what of it is left out."""

    state: str
    but: str = ""


def columns() -> list[Column]:
    """The things that can be shared, then the emails about them."""
    return [*(Column(str(WORDS[scope]), ICONS[scope]) for scope in BOXES), Column(gettext("Emails"), "envelope")]


def cells(sharing: Sharing) -> list[Cell]:
    """A cell for each column."""
    shown = {Standing.ACTIVE: "on", Standing.PAUSED: "paused"}.get(sharing.standing, "off")
    ticked = [Cell(shown, _but(scope, sharing)) if scope in sharing.scopes else Cell("off") for scope in BOXES]
    return [*ticked, Cell(shown if sharing.gets_email else "off")]


def _but(scope: Scope, sharing: Sharing) -> str:
    return left_out(sharing.scopes) if scope == Scope.TIMES else ""
