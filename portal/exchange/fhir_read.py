"""Reads a file as a FHIR R4 Bundle, every resource checked, or says what is wrong and where."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from portal.exchange.fhir_bundle import ID, BadBundle, Bundle, Resource

BUNDLE_TYPES = ("collection", "transaction")
KEPT = ("Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Consent", "Appointment", "Communication")
# Read for their names, kept nowhere.
NAMES_ONLY = ("Location", "Organization")
UUID_URN = "urn:uuid:"
MOST_ERRORS = 5

Watch = Callable[[Iterable[Any], int], Iterable[Any]]


def read(text: bytes, watch: Watch = lambda entries, total: entries) -> Bundle:
    """The bundle in `text`, every resource that is kept checked against R4.

    `watch` wraps the entries while they are checked, for a progress bar. Raises BadBundle.
    """
    outer = _parse(text)
    if outer.get("resourceType") != "Bundle":
        raise BadBundle("Bundle: the file holds something else than a FHIR Bundle.")
    if outer.get("type") not in BUNDLE_TYPES:
        raise BadBundle(f"Bundle: type must be {' or '.join(BUNDLE_TYPES)}.")
    entries = outer.pop("entry", None) or []
    if not isinstance(entries, list):
        raise BadBundle("Bundle: entry must be a list.")
    _check("Bundle", outer, "Bundle")
    bundle = Bundle()
    for n, entry in enumerate(watch(entries, len(entries))):
        _take(bundle, n, entry)
    bundle.note_references()
    return bundle


def _parse(text: bytes) -> dict[str, Any]:
    try:
        outer = json.loads(text.decode("utf-8-sig"), parse_constant=_no_such_number)
    except UnicodeDecodeError:
        raise BadBundle("Bundle: the file is not UTF-8 text.") from None
    except json.JSONDecodeError as wrong:
        raise BadBundle(f"Bundle: not JSON, line {wrong.lineno}, column {wrong.colno}: {wrong.msg}.") from None
    except (ValueError, RecursionError):
        raise BadBundle("Bundle: not JSON that can be read: a number or the nesting is out of bounds.") from None
    if not isinstance(outer, dict):
        raise BadBundle("Bundle: the file holds something else than a FHIR Bundle.")
    return outer


def _no_such_number(name: str) -> None:
    raise ValueError(name)


def _take(bundle: Bundle, n: int, entry: Any) -> None:
    place = f"Bundle: entry.{n}"
    if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
        raise BadBundle(f"{place} holds no resource.")
    request = entry.get("request")
    if isinstance(request, dict) and request.get("method") not in ("POST", "PUT"):
        raise BadBundle(f"{place}.request.method must be POST or PUT: rows are ended by their status, never deleted.")
    body, full_url = entry["resource"], entry.get("fullUrl")
    kind = body.get("resourceType")
    if not isinstance(kind, str) or not kind:
        raise BadBundle(f"{place}.resource.resourceType is missing.")
    if full_url is not None and not isinstance(full_url, str):
        raise BadBundle(f"{place}.fullUrl must be a string.")
    if kind not in KEPT:
        bundle.left_out[kind[:64]] += 1
    if kind not in KEPT and kind not in NAMES_ONLY:
        return
    id_ = body.get("id")
    if id_ is None and full_url and full_url.startswith(UUID_URN):
        id_ = full_url.removeprefix(UUID_URN)
    if not isinstance(id_, str) or not ID.fullmatch(id_):
        raise BadBundle(f"{place} ({kind}): id is missing or is not 1 to 64 letters, digits, - and dots.")
    resource = Resource(kind, id_, body)
    _check(kind, _with_what_we_do_not_read(body), resource.label)
    _check_letters(resource)
    bundle.add(resource, full_url)


def _with_what_we_do_not_read(body: dict[str, Any]) -> dict[str, Any]:
    # R4 asks for these two; they say nothing that changes what is shared, so a form without them still counts.
    if body["resourceType"] == "Consent":
        return {"scope": {"text": "privacy"}, "category": [{"text": "consent"}]} | body
    return body


def _check(kind: str, body: dict[str, Any], label: str) -> None:
    try:
        get_fhir_model_class(kind).model_validate(body)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False, include_context=False)
        said = [f"{_place(error['loc'])} {_in_words(error['msg'])}" for error in errors[:MOST_ERRORS]]
        raise BadBundle(f"{label}: {'; '.join(said)}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as wrong:
        raise BadBundle(f"{label}: cannot be read as {kind} ({type(wrong).__name__}).") from None


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in loc) or "the resource"


def _in_words(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")


def _check_letters(resource: Resource) -> None:
    # Neither half an emoji nor a NUL can be stored in every database.
    for value in _strings(resource.body):
        if "\x00" in value or not _is_text(value):
            raise BadBundle(f"{resource.label}: holds a character that cannot be stored.")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from _strings(value)
    elif isinstance(part, list):
        for value in part:
            yield from _strings(value)
