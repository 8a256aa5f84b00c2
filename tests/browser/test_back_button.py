"""After a stop and after signing out, nothing comes back: not by Back or Forward, not from history or a cache.

Chromium keeps pages for the Back button in spite of `no-store`, over HTTPS only, and drops them when an HttpOnly
cookie of the site changes. Playwright switches that memory off; here it is on.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import Browser, Error, Playwright

from portal.cast import DANA, SAM, Person
from tests.browser.conftest import CHROMIUM, Served, Visit, launch, serve, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

# What Dana knows from Sam only: Robin shares times with her too, at 6:30.
ONLY_FROM_SAM = re.compile(r"\bSam\b|6:00 PM|6:00 p\.m\.|working on|Ben Osei|husband")


@dataclass(frozen=True)
class Certificate:
    """Key and certificate of a server on this machine, and the hash by which a browser takes them for real."""

    file: Path
    pin: str


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    issued = trustme.CA().issue_cert("127.0.0.1")
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(str(file))
    public_key = load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).public_key()
    key = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(file, base64.b64encode(hashlib.sha256(key).digest()).decode())


@pytest.fixture(scope="module")
def server(house: Path, tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Served]:
    """The portal over HTTPS."""
    with serve(house, tmp_path_factory.mktemp("https"), certificate=certificate.file) as served:
        yield served


@pytest.fixture(scope="module")
def cookies(server: Served) -> dict[Person, Any]:
    """Those of this server."""
    return {}


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, certificate: Certificate) -> Iterator[Browser]:
    """A Chromium that keeps pages for the Back button, as everybody's does."""
    browser = launch(
        playwright,
        CHROMIUM,
        f"--ignore-certificate-errors-spki-list={certificate.pin}",
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


both = pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])


@both
def test_after_a_stop_back_forward_history_a_reopened_tab_and_the_cache_show_nothing_of_sam(
    visit: Visit, script: bool
) -> None:
    dana, sam = visit(DANA, script=script), visit(SAM)
    seen = walk_through_everything(dana)

    stop(sam)

    for _ in seen[1:]:
        assert ONLY_FROM_SAM.findall(back(dana)) == [], dana.page.url
    for _ in seen[1:]:
        assert ONLY_FROM_SAM.findall(forward(dana)) == [], dana.page.url
    assert nothing_is_left(dana, seen)


@both
def test_after_signing_out_back_forward_history_a_reopened_tab_and_the_cache_show_nothing(
    visit: Visit, script: bool
) -> None:
    dana = visit(DANA, script=script)
    seen = walk_through_everything(dana)

    sign_out(dana)

    for _ in seen:
        assert ONLY_FROM_SAM.findall(back(dana)) == [], dana.page.url
    for _ in seen:
        assert ONLY_FROM_SAM.findall(forward(dana)) == [], dana.page.url
    assert nothing_is_left(dana, seen)


@both
def test_a_page_left_for_another_site_is_not_kept_either(visit: Visit, script: bool) -> None:
    """No answer of ours comes between the stop and Back: the page's own cookie must have been enough."""
    dana, sam = visit(DANA, script=script), visit(SAM)
    dana.open("/schedule")
    assert ONLY_FROM_SAM.search(dana.main)
    dana.page.goto("about:blank")

    stop(sam)

    assert ONLY_FROM_SAM.findall(back(dana)) == []
    assert dana.page.url.endswith("/schedule")


def test_where_the_cookie_stays_the_same_back_shows_the_old_page_and_the_script_empties_it(
    chromium: Browser, certificate: Certificate, house: Path, tmp_path: Path
) -> None:
    """That the tests above can fail, and what the script does in a browser with other rules."""
    unchanging = "tests.browser.without_rotation:app"
    with serve(house, tmp_path, app=unchanging, certificate=certificate.file) as served:
        without, dana, sam = (
            Visitor(chromium.new_context(java_script_enabled=script).new_page(), served.url)
            for script in (False, True, True)
        )
        for visitor, person in ((without, DANA), (dana, DANA), (sam, SAM)):
            sign_in(visitor, person)
        for visitor in (without, dana):
            visitor.open("/schedule")
            visitor.open("/guides")

        stop(sam)
        dana.page.context.set_offline(True)
        with suppress(Error):  # the script asks again, and nobody answers
            back(dana)

        assert ONLY_FROM_SAM.search(back(without))
        assert ONLY_FROM_SAM.findall(dana.text) == []
        for visitor in (without, dana, sam):
            visitor.page.context.close()


def walk_through_everything(dana: Visitor) -> list[str]:
    """Every page that shows something of Sam; returns their addresses, the last one being a guide's."""
    dana.open("/home")
    of_sam = dana.page.get_by_role("link", name="What Sam agreed to").get_attribute("href")
    dana.open("/updates")
    update = dana.page.get_by_role("link", name=re.compile("working on")).first.get_attribute("href")
    seen = []
    for path in ("/home", "/schedule", "/updates", update, "/sessions", "/shared", of_sam):
        dana.open(str(path))
        assert ONLY_FROM_SAM.search(dana.main), path
        seen.append(dana.page.url)
    dana.open("/guides")
    return [*seen, dana.page.url]


def stop(sam: Visitor) -> None:
    sam.open("/me/sharing")
    sam.click("button", "Stop sharing with Dana Rivera")
    sam.page.get_by_text("Dana sees nothing now").wait_for()


def sign_out(dana: Visitor) -> None:
    dana.click("button", "Sign out")
    dana.page.wait_for_load_state()


def nothing_is_left(dana: Visitor, seen: list[str]) -> bool:
    """Goes back to each page through the history, opens it in another tab, and looks into the cache."""
    browser = dana.page.context.new_cdp_session(dana.page)
    for entry in browser.send("Page.getNavigationHistory")["entries"]:
        if entry["url"] in seen:
            with dana.page.expect_navigation(wait_until="commit"):
                browser.send("Page.navigateToHistoryEntry", {"entryId": entry["id"]})
            assert ONLY_FROM_SAM.findall(settled(dana)) == [], entry["url"]
        assert not ONLY_FROM_SAM.search(entry["title"])
    for url in seen:
        reopened = dana.page.context.new_page()
        reopened.goto(url)
        assert ONLY_FROM_SAM.findall(reopened.inner_text("body")) == [], url
        kept = "url => fetch(url, {cache: 'only-if-cached', mode: 'same-origin'}).then(a => a.text(), () => '')"
        assert reopened.evaluate(kept, url) == "", f"{url} is in the cache"
        reopened.close()
    return True


def back(visitor: Visitor) -> str:
    visitor.page.go_back(wait_until="commit")
    return settled(visitor)


def forward(visitor: Visitor) -> str:
    visitor.page.go_forward(wait_until="commit")
    return settled(visitor)


def settled(visitor: Visitor) -> str:
    """What stands there once a page that asks again has been answered. No "load" is to be had from a kept page."""
    visitor.page.wait_for_timeout(150)
    while visitor.page.evaluate("document.readyState") != "complete":
        visitor.page.wait_for_timeout(50)
    return visitor.text
