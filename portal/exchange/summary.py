"""What an import did: counted by kind, and what a person has to look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


@dataclass
class Summary:
    """Counts by kind of thing. `needs_attention` names the resource and says why, in a sentence."""

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    needs_attention: list[dict[str, str]] = field(default_factory=list)

    def count(self, kind: str, *, is_new: bool = False, is_changed: bool = False) -> None:
        """Count one thing of `kind` as created, updated or unchanged."""
        outcome = self.created if is_new else self.updated if is_changed else self.unchanged
        outcome[kind] += 1

    def look_at(self, resource: str, why: str) -> None:
        """Somebody has to look at `resource`."""
        entry = {"resource": resource, "why": why}
        if entry not in self.needs_attention:
            self.needs_attention.append(entry)

    @property
    def changed_something(self) -> bool:
        return bool(self.created or self.updated)

    def as_json(self) -> dict[str, Any]:
        """The summary as the commands print it."""
        return {
            "created": dict(sorted(self.created.items())),
            "updated": dict(sorted(self.updated.items())),
            "unchanged": dict(sorted(self.unchanged.items())),
            "needs_attention": self.needs_attention,
            "left_out": dict(sorted(self.left_out.items())),
        }


def put(row: Any, **values: Any) -> bool:
    """Give `row` the values that differ from what it holds; whether any did."""
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)
