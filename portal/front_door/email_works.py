"""The bar that says emails do not arrive: its holder looked at the address, and it is right."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.front_door.language import page_to_go_back_to
from portal.services import accounts

bp = Blueprint("email_works", __name__)


@bp.post("/email-works")
def again() -> ResponseReturnValue:
    """Try the address again, and go back to the page they were on."""
    if current_user.is_authenticated:
        accounts.email_works(current_user.id)
    return redirect(page_to_go_back_to(request.form.get("back", "")), 303)
