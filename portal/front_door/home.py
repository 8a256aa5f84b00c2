"""The front step: to your own home, or to the sign-in page; and the page after signing out."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.errors import NotShared
from portal.front_door import invited, language, offline
from portal.models import Account, StaffRole

bp = Blueprint("home", __name__)
bp.context_processor(language.offer_as_a_link)
bp.context_processor(offline.keep)

WORKPLACES = (
    ((StaffRole.COORDINATOR, StaffRole.THERAPIST), "/staff"),
    ((StaffRole.PRIVACY_OFFICER,), "/privacy-office"),
    ((StaffRole.ADMIN,), "/admin"),
)


@bp.get("/")
def go() -> ResponseReturnValue:
    """To where this person lives in the portal. Raises NotShared for an account that is nobody's."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login"), 303)
    if invited.waited() and invited.current() is not None:
        return redirect(url_for("front_door.invitation.add"), 303)
    return redirect(home_of(current_user), 303)


def home_of(account: Account) -> str:
    """The address of somebody's own home. Treatment comes first for those who are both."""
    if account.patient is not None:
        return "/me"
    if account.relative is not None:
        return "/home"
    for roles, workplace in WORKPLACES:
        if account.staff is not None and account.staff.has_role(*roles):
            return workplace
    raise NotShared


@bp.get("/signed-out")
def signed_out() -> str:
    """Says that nothing is left on this screen."""
    return render_template("front_door/signed_out.html")
