"""The person a draft is about: someone new, or someone known with what was agreed with them before."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import select

from portal import clinic
from portal.consent.own import OwnScope
from portal.consent.picture import Sharing, Standing
from portal.db import session
from portal.errors import NotShared
from portal.patient import everybody as people
from portal.services import sharing_drafts

SOMEONE_NEW = "new"


def was(saved: dict[str, Any], everybody: list[Sharing]) -> dict[str, Any]:
    """What the first page shows before it is sent: the person of the link, or the draft."""
    if request.args.get("with"):
        return {
            "person": people.ref_of(people.find(request.args["with"], everybody)),
            "known_as": people.me().given_name,
        }
    known = next((one for one in everybody if one.person.id == saved.get("related_person_id")), None)
    if known is not None:
        return {"person": people.ref_of(known), "known_as": people.me().given_name}
    reach = "letter" if saved.get("by_letter") else "email" if saved.get("email") else None
    start = {"person": SOMEONE_NEW if saved or not everybody else None, "reach": reach}
    return {"known_as": people.me().given_name} | saved | start


def chosen(form: Any, everybody: list[Sharing]) -> dict[str, Any]:
    """The answers about the person in a WhoForm; of someone known, what was agreed with them comes along."""
    if everybody and form.person.data not in (SOMEONE_NEW, None, ""):
        try:
            return _known(people.find(form.person.data, everybody))
        except NotShared:
            return {}
    if everybody and form.person.data != SOMEONE_NEW:
        return {}
    return {
        "related_person_id": None,
        "name": form.name.data or "",
        "known_as": form.known_as.data or "",
        "relation": form.relation.data or "",
        "by_letter": form.reach.data == "letter",
        "email": form.email.data or "" if form.reach.data != "letter" else "",
    }


def keep(saved: dict[str, Any], given: dict[str, Any]) -> None:
    """Begin a draft about somebody else, or go on with the one about the same person."""
    same_person = all(saved.get(key) == given.get(key) for key in ("related_person_id", "name"))
    if same_person and given["related_person_id"] is None:
        sharing_drafts.save(people.me().id, **given)
    elif given and not same_person:
        sharing_drafts.begin(people.me().id, **given)


def agreed_with(one: Sharing) -> dict[str, Any]:
    """Every answer of the consent that is in force with this person, as a draft holds them."""
    consent = one.consent
    assert consent is not None
    known = _known(one)
    if not consent.ends_with_program and consent.ends_on is not None and consent.ends_on > clinic.today():
        known |= {"until": "date", "ends_on": consent.ends_on.isoformat()}
    return known | {"purpose": sharing_drafts.purpose_code(consent.purpose)}


def _known(one: Sharing) -> dict[str, Any]:
    person = one.person
    about = {
        "related_person_id": person.id,
        "name": person.name,
        "relation": person.relation,
        "known_as": person.known_as,
    }
    if one.consent is None or one.standing == Standing.ASKED:
        return about
    boxes = session().scalars(select(OwnScope).where(OwnScope.consent_id == one.consent.id))
    return about | {
        "scopes": sorted(box.scope for box in boxes if box.off_at is None),
        "email_level": one.consent.email_level,
        "until": "program" if one.consent.ends_with_program else None,
    }
