"""Whom to call, also without a connection, and on one sheet of paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from portal.cast import DANA
from tests.browser.conftest import Served, Visit, serve, sign_in
from tests.browser.scenarios import PHONE
from tests.browser.test_screens import on_paper
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

KEPT = "This page is kept on this device now."
COPY = "This is the copy that was kept on this device."
COPY_IN_SPANISH = "Esta es la copia que se guardó en este dispositivo."


def somebody(chromium: Browser, served: Served) -> Visitor:
    return Visitor(chromium.new_context(viewport={"width": 390, "height": 844}).new_page(), served.url)


def wait_until_kept(visitor: Visitor) -> None:
    visitor.page.get_by_text(KEPT).wait_for()


def test_crisis_help_is_there_without_a_connection_after_one_visit(
    chromium: Browser, house: Path, tmp_path: Path
) -> None:
    with serve(house, tmp_path) as served:
        somebody_new = somebody(chromium, served)
        somebody_new.open("/help/now")
        wait_until_kept(somebody_new)

    # The server is gone, not only said to be.
    somebody_new.open("/help/now")
    assert COPY in somebody_new.main
    for number in ("911", "988", "1-800-222-1222"):
        assert somebody_new.page.locator(f"main a[href='tel:{number}']").count() >= 1
    assert somebody_new.page.evaluate("document.fonts.check('16px \"Portal Sans\"')")
    colour = somebody_new.page.locator("main .inset.stop").first.evaluate("me => getComputedStyle(me).borderLeftWidth")
    assert colour != "0px", "the copy has no style sheet"

    somebody_new.page.get_by_role("link", name="Español").click()
    assert COPY_IN_SPANISH in somebody_new.main

    with pytest.raises(Error):
        somebody_new.open("/guides")
    somebody_new.page.context.close()


def test_who_reads_in_spanish_gets_the_copy_in_spanish(chromium: Browser, house: Path, tmp_path: Path) -> None:
    with serve(house, tmp_path) as served:
        rosa = somebody(chromium, served)
        rosa.open("/help/now?lang=es")
        rosa.page.get_by_text("Esta página queda guardada").wait_for()

    rosa.open("/help/now")
    assert COPY_IN_SPANISH in rosa.main
    rosa.page.context.close()


def test_what_the_device_keeps_is_the_same_for_everybody(chromium: Browser, house: Path, tmp_path: Path) -> None:
    """Also when somebody who is signed in comes by: nothing kept says who."""
    with serve(house, tmp_path) as served:
        kept = []
        for person in (None, DANA):
            reader = somebody(chromium, served)
            if person:
                sign_in(reader, person)
            reader.open("/help/now")
            wait_until_kept(reader)
            reader.open("/guides")
            kept.append(reader.page.evaluate(EVERYTHING_KEPT))
            reader.page.context.close()

    assert kept[0] == kept[1]
    pages = [address for address in kept[0] if not address.startswith("/static/")]
    assert sorted(pages) == ["/help/now?lang=en&kept=1", "/help/now?lang=es&kept=1"]
    assert not any("Sign out" in text or "csrf" in text for text in kept[0].values())


EVERYTHING_KEPT = """async () => {
  const all = {};
  for (const name of await caches.keys()) {
    const kept = await caches.open(name);
    for (const request of await kept.keys()) {
      const answer = await kept.match(request);
      all[request.url.slice(location.origin.length)] = await answer.text();
    }
  }
  return all;
}"""


def test_a_page_that_is_not_help_never_passes_through_what_is_kept(visit: Visit) -> None:
    dana = visit(DANA)
    dana.open("/help/now")
    wait_until_kept(dana)
    dana.open("/guides")
    dana.page.wait_for_load_state()

    assert dana.page.evaluate("navigator.serviceWorker.controller") is None
    scopes = "navigator.serviceWorker.getRegistrations().then(all => all.map(one => new URL(one.scope).pathname))"
    assert dana.page.evaluate(scopes) == ["/help/"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_crisis_help_is_printed_on_one_sheet(visit: Visit, language: str) -> None:
    somebody_new = visit(None, **PHONE)
    somebody_new.open(f"/help/now?lang={language}")

    for paper in ("Letter", "A4"):
        assert on_paper(somebody_new.page, paper) == 1
