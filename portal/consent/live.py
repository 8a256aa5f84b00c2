"""When a consent is live: one condition per line, asked at every read and every send.

The same conditions make the select that shared rows are joined to, the ticks in the patient's
picture, the list of who will see an update, and the answer of `flask why`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.consent.scopes import Scope
from portal.consent.viewer import NOW, ONLY_PATIENT, THE_RELATIVE, TODAY
from portal.models import Clinic, Consent, ConsentScope, HowSigned, MinorRule, Patient, RelatedPerson, ScheduleEntry

BLANKS = " \t\r\n\u00a0"


def _says_something(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return func.trim(column, BLANKS) != ""


# 42 CFR 2.31(c)(2): a consent that lacks an element of 2.31(a) may not be used, however it came here.
# What the document says, whichever of its boxes is asked about.
SAYS_THE_REST = and_(
    Consent.patient_id == RelatedPerson.patient_id,
    or_(_says_something(Patient.given_name), _says_something(Patient.family_name)),
    _says_something(Consent.discloser),
    _says_something(RelatedPerson.name),
    _says_something(Consent.purpose),
    _says_something(Consent.how_to_stop),
    Consent.ends_at.is_not(None),
    _says_something(Consent.signer_name),
    Consent.signed_on.is_not(None),
    Consent.not_usable_because.is_(None),
)
SAYS_WHAT = ConsentScope.scope.in_(tuple(Scope))
COMPLETE = and_(SAYS_THE_REST, SAYS_WHAT)

# 42 CFR 2.14. What a parent signed for a minor ends when the minor comes of age.
SIGNED_BY_WHOM_THE_LAW_ASKS = and_(
    or_(Consent.representative_authority.is_(None), _says_something(Consent.representative_authority)),
    or_(
        and_(or_(Patient.adult_on.is_(None), Patient.adult_on <= TODAY), Consent.parent_signer_name.is_(None)),
        and_(
            Patient.adult_on > TODAY,
            or_(
                select(Clinic.minor_rule).scalar_subquery() == MinorRule.MINOR_ALONE,
                Consent.parent_signer_name.is_not(None),
            ),
        ),
    ),
)

CONDITIONS: dict[str, ColumnElement[bool]] = {
    "signed": Consent.signed_at <= NOW,
    "complete": COMPLETE,
    "checked by a second person": or_(Consent.how_signed != HowSigned.PAPER, Consent.verified_at <= NOW),
    "not marked invalid": or_(Consent.invalid_since.is_(None), Consent.invalid_since > NOW),
    "accepted": RelatedPerson.accepted_at <= NOW,
    "started": Consent.starts_at <= NOW,
    "not past its end": and_(
        Consent.ends_at > NOW, or_(Consent.ends_sooner_at.is_(None), Consent.ends_sooner_at > NOW)
    ),
    "scope still on": ConsentScope.off_at.is_(None),
    "not stopped": Consent.stopped_at.is_(None),
    "not paused": Patient.paused_at.is_(None),
    "not on hold": and_(Patient.on_hold_since.is_(None), RelatedPerson.on_hold_since.is_(None)),
    "not ended by leaving the program": or_(
        Consent.ends_with_program.is_(False), Patient.discharged_at.is_(None), Patient.discharged_at > NOW
    ),
    "signed by whom the law asks": SIGNED_BY_WHOM_THE_LAW_ASKS,
}

LIVE = and_(*CONDITIONS.values())


# Sessions that are still the patient's: the group goes on without who has left.
BEFORE_LEAVING = or_(Patient.discharged_at.is_(None), Patient.discharged_at > ScheduleEntry.starts_at)


def not_over(at: dt.datetime) -> ColumnElement[bool]:
    """Consents that neither were stopped nor came to their end by `at`."""
    return and_(
        Consent.stopped_at.is_(None),
        or_(Consent.ends_at.is_(None), Consent.ends_at > at),
        or_(Consent.ends_sooner_at.is_(None), Consent.ends_sooner_at > at),
    )


def joined(*columns: object, also_without_boxes: bool = False) -> Select[tuple[object, ...]]:
    """`columns` from every consent and scope with its patient and related person, live or not.

    A consent without a single box says nothing; staff who ask why want to hear of it (`also_without_boxes`).
    """
    return (
        select(*columns)  # type: ignore[call-overload,no-any-return]
        .select_from(RelatedPerson)
        .join(Consent, Consent.related_person_id == RelatedPerson.id)
        .join(ConsentScope, ConsentScope.consent_id == Consent.id, isouter=also_without_boxes)
        .join(Patient, Patient.id == RelatedPerson.patient_id)
    )


def of_the_viewer(*columns: object) -> Select[tuple[object, ...]]:
    """`columns` of the consents that are live for the relative who looks, and of no other row."""
    return joined(*columns).where(
        RelatedPerson.relative_id == THE_RELATIVE,
        or_(ONLY_PATIENT == 0, RelatedPerson.patient_id == ONLY_PATIENT),
        LIVE,
    )


# The rule is asked once in a statement, however many of its parts depend on it.
LIVE_FOR_THE_VIEWER = of_the_viewer(RelatedPerson.patient_id, ConsentScope.scope).cte("live_for_the_viewer")


def patients_sharing(scope: Scope) -> Select[tuple[object, ...]]:
    """The ids of the patients who share `scope` with the viewer now."""
    live = LIVE_FOR_THE_VIEWER.c
    return select(live.patient_id).where(live.scope == scope)


def patients_and_scopes(scopes: Collection[Scope]) -> Select[tuple[object, ...]]:
    """Pairs of patient id and scope, for those of `scopes` that are shared with the viewer now."""
    live = LIVE_FOR_THE_VIEWER.c
    return select(live.patient_id, live.scope).where(live.scope.in_(scopes))


def rule_without(left_out: Collection[str]) -> ColumnElement[bool]:
    """The rule with some conditions left out; a test asks whether each of them is needed."""
    return and_(*(condition for name, condition in CONDITIONS.items() if name not in left_out))
