"""Why one relative can see a row, or which condition keeps it from them. For staff at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import false, or_, select

from portal import clinic
from portal.consent.live import CONDITIONS, joined
from portal.consent.scopes import UPDATE_SCOPES, Scope
from portal.consent.shared import SharedAppointment, SharedScheduleEntry, SharedScope, SharedUpdate
from portal.consent.viewer import Viewer, viewing_as
from portal.db import reading, session
from portal.exchange.sees import viewer_of
from portal.exchange.why_words import Box, in_words
from portal.models import (
    Appointment,
    Consent,
    ConsentScope,
    FamilyUpdate,
    HiddenSession,
    Patient,
    RelatedPerson,
    ScheduleEntry,
    TimetableMember,
)
from portal.refs import ref_for

KINDS: dict[str, Any] = {
    "schedule": ScheduleEntry,
    "booking": Appointment,
    "update": FamilyUpdate,
    "person": RelatedPerson,
}
SHARED: dict[str, Any] = {"schedule": SharedScheduleEntry, "booking": SharedAppointment, "update": SharedUpdate}


class NoSuchRow(Exception):
    """There is no row of that kind with that ref."""


def why(email: str, kind: str, ref: str) -> dict[str, Any]:
    """Whether the relative sees the row, in words and by condition.

    `ref` is the row's own label, the id it was imported under, or the viewer's own label for it; for a
    person also the patient's. Raises NoSuchRow.
    """
    viewer = viewer_of(email)
    with reading():
        row = _row(kind, ref, viewer)
        answer: dict[str, Any] = {"viewer": email.strip().lower(), "kind": kind, "ref": ref, "shown": False}
        if viewer is None:
            return answer | {"words": "Nobody with this email is a relative here.", "consents": []}
        consents = _consents(kind, row, viewer)
    answer["shown"] = _is_shown(kind, row, viewer)
    return answer | {"words": _in_words(kind, row, consents, shown=answer["shown"]), "consents": consents}


def _row(kind: str, ref: str, viewer: Viewer | None) -> Any:
    model = KINDS[kind]
    row = session().scalar(select(model).where((model.ref == ref) | (model.external_id == ref)))
    if row is None and kind == "person" and viewer is not None:
        patient = select(Patient.id).where((Patient.ref == ref) | (Patient.external_id == ref))
        row = session().scalar(_of_viewer(kind, viewer).where(model.patient_id.in_(patient)))
    if row is None and viewer is not None:
        candidates = session().scalars(_of_viewer(kind, viewer))
        row = next((one for one in candidates if ref_for(viewer.account_ref, one.ref) == ref), None)
    if row is None:
        raise NoSuchRow(f"There is no {kind} {ref}.")
    return row


def _of_viewer(kind: str, viewer: Viewer) -> Any:
    """Rows of patients who ever named the viewer, seen or not."""
    model = KINDS[kind]
    patients = select(RelatedPerson.patient_id).where(RelatedPerson.relative_id == viewer.relative_id)
    if kind == "person":
        return select(model).where(RelatedPerson.relative_id == viewer.relative_id)
    if kind == "schedule":
        mine = select(TimetableMember.timetable_id).where(TimetableMember.patient_id.in_(patients))
        return select(model).where(ScheduleEntry.timetable_id.in_(mine))
    return select(model).where(model.patient_id.in_(patients))


def _patients(kind: str, row: Any) -> list[int]:
    if kind == "schedule":
        on_it = select(TimetableMember.patient_id).where(TimetableMember.timetable_id == row.timetable_id)
        return list(session().scalars(on_it))
    return [row.patient_id]


def _scopes(kind: str, row: Any) -> tuple[str, ...]:
    if kind == "update":
        return (row.scope,) if row.scope in UPDATE_SCOPES else ()
    return {"schedule": (Scope.TIMES,), "booking": (Scope.FAMILY,), "person": tuple(Scope)}[kind]


def _consents(kind: str, row: Any, viewer: Viewer) -> list[dict[str, Any]]:
    """Each consent of these patients for this relative and scope, with every condition."""
    scopes = _scopes(kind, row)
    # Boxes that say nothing we know, and consents without any, cover nothing: that is what is missing from them.
    says_nothing = or_(ConsentScope.scope.is_(None), ConsentScope.scope.not_in(tuple(Scope)))
    rows: Any = session().execute(
        joined(
            Consent,
            ConsentScope,
            RelatedPerson,
            Patient,
            *(condition.label(f"c{n}") for n, condition in enumerate(CONDITIONS.values())),
            also_without_boxes=True,
        )
        .where(
            RelatedPerson.relative_id == viewer.relative_id,
            RelatedPerson.patient_id.in_(_patients(kind, row)),
            or_(ConsentScope.scope.in_(scopes), says_nothing) if scopes else false(),
        )
        .order_by(Consent.id, ConsentScope.id)
    )
    return [
        _consent(Box(consent, scope, person, patient), dict(zip(CONDITIONS, map(bool, holds), strict=True)))
        for consent, scope, person, patient, *holds in rows
    ]


def _consent(box: Box, conditions: dict[str, bool]) -> dict[str, Any]:
    consent = box.consent
    until = consent.ends_sooner_on or consent.ends_on
    return {
        "consent": consent.external_id or consent.ref,
        "scope": box.scope.scope if box.scope else "",
        "signed": consent.signed_on.isoformat() if consent.signed_on else None,
        "until": until.isoformat() if until else None,
        "live": all(conditions.values()),
        "conditions": conditions,
        "failing": {name: in_words(name, box) for name, held in conditions.items() if not held},
        "not_usable_because": consent.not_usable_because,
    }


def _is_shown(kind: str, row: Any, viewer: Viewer) -> bool:
    with viewing_as(viewer):
        if kind == "person":
            mine = select(SharedScope.id).where(SharedScope.related_person_id == row.id).limit(1)
        else:
            shared = SHARED[kind]
            mine = select(shared.id).where(shared.id == row.id).limit(1)
        return session().scalar(mine) is not None


def _in_words(kind: str, row: Any, consents: list[dict[str, Any]], *, shown: bool) -> str:
    live = [one for one in consents if one["live"]]
    if shown:
        named = ", ".join(dict.fromkeys(f"{one['consent']} ({one['scope']}, until {one['until']})" for one in live))
        return f"Shown under consent {named}."
    if live:
        return f"Not shown, although consent {live[0]['consent']} is live: {_besides(kind, row)}."
    if not consents:
        return f"Not shown: {_no_consent(kind, row)}."
    return " ".join(["Not shown.", *_fails(consents)])


def _fails(consents: list[dict[str, Any]]) -> Iterator[str]:
    """One line for each consent and reason; boxes that fail for the same reason stand together."""
    boxes: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for one in consents:
        boxes.setdefault((one["consent"], tuple(one["failing"].items())), []).append(one["scope"])
    for (consent, failing), scopes in boxes.items():
        said = " ".join(f"“{name}”: {sentence}" for name, sentence in failing)
        yield f"Consent {consent} ({', '.join(scope.strip() or 'no box' for scope in scopes)}) fails {said}"


def _no_consent(kind: str, row: Any) -> str:
    if kind == "update" and row.scope is None:
        return "the update has no kind that is shared with relatives"
    return "no consent of the patient for this relative covers it"


def _besides(kind: str, row: Any) -> str:
    if kind == "schedule":
        return _besides_of_a_session(row)
    if kind == "update" and row.withdrawn_at is not None:
        return "the update was withdrawn"
    if kind == "update":
        return f"it is dated {row.published_at.astimezone(clinic.zone()):%Y-%m-%d %H:%M}"
    if kind == "booking":
        return "the relative takes no part in this session, or it is over"
    return "it is over"


def _besides_of_a_session(row: ScheduleEntry) -> str:
    if row.is_hidden:
        return "the session is hidden"
    if _is_after_they_left(row):
        return "the patient has left the program"
    return "the patient hides this session" if _is_kept_from_somebody(row) else "it is over"


def _is_after_they_left(row: ScheduleEntry) -> bool:
    """Whether the session begins when nobody is in it any more of whom the relative might be told."""
    still_there = select(Patient.id).where(
        Patient.id.in_(_patients("schedule", row)),
        or_(Patient.discharged_at.is_(None), Patient.discharged_at > row.starts_at),
    )
    return session().scalar(still_there.limit(1)) is None


def _is_kept_from_somebody(row: ScheduleEntry) -> bool:
    """Whether a patient hides the session: from this relative, as nothing else is in the way."""
    kept = select(HiddenSession.id).where(HiddenSession.entry_id == row.id)
    return session().scalar(kept.limit(1)) is not None
