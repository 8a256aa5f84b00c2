"""A FHIR R4 Bundle as it is read: its resources, what they refer to, and the sentence when it is wrong."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

REFERENCE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?")
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


class BadBundle(Exception):
    """The bundle cannot be imported. The text names the resource and says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, valid R4. `body` is its JSON."""

    kind: str
    id: str
    body: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.kind}/{self.id}"

    def wrong(self, place: str, why: str) -> BadBundle:
        """The error that names this resource and a place in it."""
        return BadBundle(f"{self.label}: {place} {why}")

    def many(self, name: str) -> list[dict[str, Any]]:
        """The parts of a repeating element."""
        return parts(self.body, name)

    def text(self, place: str, value: str, column: Any) -> str:
        """`value` when it fits into `column`. Raises BadBundle when it is too long."""
        longest = column.type.length
        if longest is not None and len(value) > longest:
            raise self.wrong(place, f"is longer than {longest} letters.")
        return value

    def flag(self, place: str, value: Any) -> bool:
        """`value` as yes or no; the validator lets "yes" and 1 through. Raises BadBundle."""
        if not isinstance(value, bool):
            raise self.wrong(place, "must be true or false.")
        return value


@dataclass
class Bundle:
    """Resources by kind, in the order of the file; the order never matters."""

    resources: dict[str, dict[str, Resource]] = field(default_factory=lambda: defaultdict(dict))
    left_out: Counter[str] = field(default_factory=Counter)
    # Ids that anything refers to, by kind, whether or not the bundle holds them.
    mentioned: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _by_full_url: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> Iterable[Resource]:
        """Every resource of one kind."""
        return self.resources[kind].values() if kind in self.resources else ()

    def ids(self, kind: str) -> set[str]:
        """Every id of one kind that is in the bundle or referred to from it."""
        return self.mentioned.get(kind, set()) | {resource.id for resource in self.of(kind)}

    def get(self, label: str) -> Resource | None:
        """The resource called `label`, like Patient/p1."""
        kind, _, id_ = label.partition("/")
        return self.resources[kind].get(id_) if kind in self.resources else None

    def label_of(self, reference: dict[str, Any] | None) -> str:
        """Patient/p1 for a relative, absolute, versioned or urn:uuid reference; "" for one without."""
        written = (reference or {}).get("reference") or ""
        if written in self._by_full_url:
            return self._by_full_url[written]
        found = REFERENCE.fullmatch(written)
        return f"{found[1]}/{found[2]}" if found else written

    def add(self, resource: Resource, full_url: str | None) -> None:
        """Take a resource in. Raises BadBundle when the bundle already has one of that name."""
        if resource.id in self.resources[resource.kind]:
            raise BadBundle(f"{resource.label}: is in the bundle twice.")
        self.resources[resource.kind][resource.id] = resource
        if full_url:
            self._by_full_url[full_url] = resource.label

    def note_references(self) -> None:
        """Fill `mentioned`, once every full address is known."""
        for by_id in self.resources.values():
            for resource in by_id.values():
                for reference in _references(resource.body):
                    kind, _, id_ = self.label_of(reference).partition("/")
                    if ID.fullmatch(id_):
                        self.mentioned[kind].add(id_)


def parts(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a repeating element; empty when it is not there."""
    return [part for part in body.get(name) or [] if isinstance(part, dict)]


def codes(concept: dict[str, Any] | None, system: str) -> list[str]:
    """The codes of `system` in one CodeableConcept."""
    return [
        coding["code"]
        for coding in parts(concept or {}, "coding")
        if coding.get("system") == system and coding.get("code")
    ]


def nobody(source: Resource, place: str, reference: dict[str, Any] | None) -> BadBundle:
    """The error for a reference that leads nowhere."""
    written = (reference or {}).get("reference")
    why = f"names {written}, who is neither in the bundle nor known." if written else "is missing."
    return source.wrong(place, why)


def _references(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if isinstance(part.get("reference"), str):
            yield part
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
