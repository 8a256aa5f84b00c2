"""Each condition that fails, in a sentence for staff: what it is, and what would mend it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from portal import clinic, clock
from portal.consent.scopes import Scope
from portal.models import Consent, ConsentScope, Patient, RelatedPerson

SIGN_ANEW = "The patient can sign a new one."


@dataclass(frozen=True)
class Box:
    """One box of one consent, and the people it is between. A consent may have no box at all."""

    consent: Consent
    scope: ConsentScope | None
    person: RelatedPerson
    patient: Patient


def in_words(condition: str, box: Box) -> str:
    """Why `condition` fails for this box, and what would mend it."""
    return SENTENCES[condition](box)


def missing_elements(box: Box) -> list[str]:
    """What 42 CFR 2.31(a) asks for and this consent does not say, by paragraph."""
    consent = box.consent
    there = {
        "(1) the patient": consent.patient_id == box.person.patient_id and bool(box.patient.name.strip()),
        "(2) who may share": bool(consent.discloser.strip()),
        "(3) what may be shared": box.scope is not None and box.scope.scope in tuple(Scope),
        "(4) who gets it": bool(box.person.name.strip()),
        "(5) the purpose": bool(consent.purpose.strip()),
        "(6) how to stop": bool(consent.how_to_stop.strip()),
        "(7) an end": consent.ends_at is not None,
        "(8) a signature": bool(consent.signer_name.strip()),
        "(9) the day it was signed": consent.signed_on is not None,
    }
    return [element for element, is_there in there.items() if not is_there]


def _signed(box: Box) -> str:
    if box.consent.signed_at is None:
        return "Nobody has signed it yet (42 CFR 2.31(a)(8) and (9)). The patient signs it here or on paper."
    return f"It is dated {_day(box.consent.signed_at)}, which is still to come. It counts from then on."


def _complete(box: Box) -> str:
    missing, because = missing_elements(box), box.consent.not_usable_because
    said = [f"It lacks what 42 CFR 2.31(a) asks for: {', '.join(missing)}."] if missing else []
    said += [f"It is kept as not usable: {because}."] if because else []
    if box.consent.external_id:
        return " ".join([*said, "Correct it where it comes from and import it again."])
    return " ".join([*said, "The patient has to sign a form that says all of it."])


def _checked(box: Box) -> str:
    return (
        "It was signed on paper, and nobody but the one who typed it in has compared the two. "
        "A second person has to check it against the form."
    )


def _not_invalid(box: Box) -> str:
    because = f": {box.consent.invalid_because}" if box.consent.invalid_because else ""
    return f"It was marked invalid{_on(box.consent.invalid_since)}{because}. That is never undone. {SIGN_ANEW}"


def _accepted(box: Box) -> str:
    if box.person.declined_at is not None:
        return f"They asked, and the patient said no{_on(box.person.declined_at)}. Only the patient can change that."
    if box.person.accepted_at is not None:
        return f"They accept as of {_day(box.person.accepted_at)}, which is still to come."
    return "They have not accepted the invitation. Ask whether it arrived, or send a new one."


def _started(box: Box) -> str:
    if box.consent.starts_at is None:
        return "It says no beginning. The patient has to sign a form that does."
    return f"It begins on {_day(box.consent.starts_at)}. Nothing needs mending; it counts from then on."


def _not_ended(box: Box) -> str:
    consent = box.consent
    if consent.ends_at is None:
        return "It has no end (42 CFR 2.31(a)(7)). The patient has to sign a form that has one."
    if consent.ends_sooner_at is not None and consent.ends_sooner_at < min(consent.ends_at, clock.now()):
        chosen = _last_day(consent.ends_sooner_on, consent.ends_sooner_at)
        signed = _last_day(consent.ends_on, consent.ends_at)
        return f"It was signed until {signed}, and an earlier end was chosen: {chosen}. {SIGN_ANEW}"
    return f"It ended on {_last_day(consent.ends_on, consent.ends_at)}. {SIGN_ANEW}"


def _still_on(box: Box) -> str:
    off_at = box.scope.off_at if box.scope is not None else None
    return f"The patient turned this off{_on(off_at)}. To share it again they have to sign."


def _not_stopped(box: Box) -> str:
    stopped_at, how = box.consent.stopped_at, box.consent.stopped_how
    if how == "replaced":
        return f"A newer one took its place{_on(stopped_at)}. Look at that one."
    told = f" ({how})" if how and how != "here" else ""
    return f"It was stopped{_on(stopped_at)}{told}. {SIGN_ANEW}"


def _not_paused(box: Box) -> str:
    return f"The patient paused all sharing{_on(box.patient.paused_at)}. Only they can start it again."


def _not_on_hold(box: Box) -> str:
    if box.patient.on_hold_since is not None:
        return f"All sharing of this patient is on hold{_on(box.patient.on_hold_since)}. Ask the privacy officer."
    return f"Sharing with this person is on hold{_on(box.person.on_hold_since)}. Ask the privacy officer."


def _not_left(box: Box) -> str:
    return f"It ended when the patient left the program{_on(box.patient.discharged_at)}. {SIGN_ANEW}"


def _signed_by_the_right_people(box: Box) -> str:
    consent, adult_on = box.consent, box.patient.adult_on
    if consent.representative_authority is not None and not consent.representative_authority.strip():
        return (
            "Somebody signed for the patient, and it does not say by what right (45 CFR 164.508(c)(1)(vi)). "
            "Only a form that says it counts."
        )
    if adult_on is not None and adult_on > clinic.today():
        return (
            f"The patient is a minor until {adult_on.isoformat()}, and no parent has signed (42 CFR 2.14). "
            "Both have to sign one form."
        )
    came_of_age = f", who came of age on {adult_on.isoformat()}" if adult_on is not None else ", who is of age"
    return f"A parent signed for the patient{came_of_age} (42 CFR 2.14). The patient has to sign alone."


SENTENCES: dict[str, Callable[[Box], str]] = {
    "signed": _signed,
    "complete": _complete,
    "checked by a second person": _checked,
    "not marked invalid": _not_invalid,
    "accepted": _accepted,
    "started": _started,
    "not past its end": _not_ended,
    "scope still on": _still_on,
    "not stopped": _not_stopped,
    "not paused": _not_paused,
    "not on hold": _not_on_hold,
    "not ended by leaving the program": _not_left,
    "signed by whom the law asks": _signed_by_the_right_people,
}


def _day(moment: dt.datetime) -> str:
    return moment.astimezone(clinic.zone()).date().isoformat()


def _on(moment: dt.datetime | None) -> str:
    return f" on {_day(moment)}" if moment is not None else ""


def _last_day(day: dt.date | None, moment: dt.datetime) -> str:
    return day.isoformat() if day is not None else _day(moment)
