"""One mother, two people in treatment, and no mix-up."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from portal.cast import ALEX, DANA, ROBIN, SAM
from portal.consent.scopes import Scope
from portal.db import session
from portal.models import Account, Consent, ConsentScope, Patient
from tests.browser.conftest import Served, Visit
from tests.browser.scenarios import both
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@both
def test_dana_keeps_sam_and_robin_apart_and_neither_hears_of_the_other(
    visit: Visit, served: Served, script: bool
) -> None:
    served.at_work(robin_shares_family_sessions)
    dana, sam, alex = visit(DANA, script=script), visit(SAM, script=script), visit(ALEX, script=script)
    assert re.search(r"Sam.*6:00 PM", dana.main, re.S)
    assert re.search(r"Robin.*6:30 PM", dana.main, re.S)

    dana.click("link", re.compile(r"Robin\s*$"))
    assert "6:30 PM" in dana.page.locator(".week").inner_text()
    assert "6:00 PM" not in dana.page.locator(".week").inner_text()
    dana.click("link", re.compile("^(Family sessions|Sessions)"))
    dana.click("link", "Book a session")
    dana.choose(re.compile("Robin"))
    dana.choose("In person")
    dana.click("button", "Continue")
    dana.take_a_time()
    dana.click("button", "Continue")
    assert "Robin and Lee Tran" in dana.main
    assert not re.search(r"\bSam\b", dana.main)
    dana.click("button", "Book this session")

    assert "Your session is booked" in dana.main
    assert dana.clicks <= 9
    served.deliver()
    assert DANA.email in [mail["To"] for mail in served.mail()]
    assert not re.search("Robin|Lee Tran", "".join(map(words_of, served.mail())))
    sam.open("/me/sharing")
    sam.click("link", "See it as Dana does")
    seen = [sam.text]
    for path in ("/me/looks", "/me/schedule", "/me/sessions", "/me"):
        sam.open(path)
        seen.append(sam.text)
    assert not re.search("Robin|Lee Tran", "".join(seen))
    assert link_to_sam(dana) != link_to_sam(alex)


def words_of(mail: EmailMessage) -> str:
    """Headers and parts of an email, as a mail program shows them."""
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([f"{name}: {value}" for name, value in mail.items()] + [str(part) for part in parts])


def robin_shares_family_sessions() -> None:
    of_robin = select(Consent).join(Patient).join(Account).where(Account.email == ROBIN.email)
    for consent in session().scalars(of_robin):
        consent.scopes.append(ConsentScope(scope=Scope.FAMILY))


def link_to_sam(visitor: Visitor) -> str | None:
    return visitor.page.get_by_role("link", name="What Sam agreed to").get_attribute("href")
