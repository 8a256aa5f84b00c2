"""Every page reads well to a screen reader, says nothing in its title, and loads nothing from anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from portal import assets
from portal.cast import OTHERS_IN_TREATMENT, PATIENTS, RELATIVES, STAFF, STRANGERS
from tests.conftest import SignIn
from tests.house.addresses import NOWHERE, crawl
from tests.house.people import ROLES, browser_of, robin_is_also_a_relative

PUBLIC_NAME = "Riverbend Portal"
NAMES = {
    name
    for person in (*PATIENTS, *RELATIVES, *STAFF, *(one.person for one in STRANGERS))
    for name in (person.given_name, person.family_name)
} | {name for full in OTHERS_IN_TREATMENT for name in re.findall(r"\w{3,}", full) if name != "Hubert"}

# What a browser fetches by itself, or sends to. A link that somebody has to press is something else.
FETCHED = {
    "src",
    "srcset",
    "action",
    "formaction",
    "poster",
    "data",
    "background",
    "ping",
    "manifest",
    "cite",
    "xlink:href",
}
# Where links out of the portal may lead: the public bodies that guides and help quote, and a page about the weather.
MAY_LEAD_TO = re.compile(r"(^|\.)(gov|org|mil|edu|example)$")


@pytest.fixture
def pages(app: Flask, sign_in: SignIn, request: pytest.FixtureRequest) -> dict[str, BeautifulSoup]:
    """Every kind of page this role can read, by its address."""
    robin_is_also_a_relative(app)
    browser = browser_of(app, sign_in, ROLES[request.param])
    start = ["/", "/sign-in", "/home", "/me", "/staff", "/privacy-office", "/admin", "/help/now", "/reset", NOWHERE]
    found = {}
    for address, answer in (crawl(browser, start) | {NOWHERE: browser.get(NOWHERE)}).items():
        if "html" in answer.content_type and answer.status_code not in (302, 303):
            found[address] = BeautifulSoup(answer.get_data(as_text=True), "html5lib")
    assert found
    return found


for_every_role = pytest.mark.parametrize("pages", ROLES, indirect=True)


@for_every_role
def test_every_page_of_this_role_is_in_order(pages: dict[str, BeautifulSoup]) -> None:
    wrong = [f"{address}: {what}" for address, page in pages.items() for what in what_is_wrong(page)]
    sprite = (assets.TARGET / assets.url("icons.svg").removeprefix(assets.PREFIX)).read_text()
    wanted = {use["href"].partition("#")[2] for page in pages.values() for use in page.select("svg.icon use")}

    assert wrong == []
    assert {name for name in wanted if f'id="{name}"' not in sprite} == set(), "browsers do not get these icons"


def what_is_wrong(page: BeautifulSoup) -> Iterator[str]:
    """Sentences about one page; none when it is in order."""
    html = page.html
    assert html is not None
    if html.get("lang") not in ("en", "es"):
        yield "it does not say in which language it is"
    if html.get("dir") not in (None, "ltr"):
        yield "it reads in another direction"
    yield from about_its_title(page)
    yield from about_its_headings(page)
    yield from about_its_fields(page)
    yield from about_its_tokens(page)
    yield from about_code_in_it(page)
    yield from about_other_sites(page)


def about_its_title(page: BeautifulSoup) -> Iterator[str]:
    title = page.title.get_text(strip=True) if page.title else ""
    if not re.fullmatch(rf"\S.* – {PUBLIC_NAME}", title):
        yield f"its title is {title!r}, not “topic – {PUBLIC_NAME}”"
    for name in sorted(NAMES & set(re.findall(r"\w+", title.removesuffix(PUBLIC_NAME)))):
        yield f"its title names {name}"


def about_its_headings(page: BeautifulSoup) -> Iterator[str]:
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile(r"^h[1-6]$"))]
    if levels.count(1) != 1:
        yield f"it has {levels.count(1)} first headings"
    for above, below in zip([0, *levels], levels, strict=False):
        if below > above + 1:
            yield f"its headings skip from level {above} to {below}"


def about_its_fields(page: BeautifulSoup) -> Iterator[str]:
    labelled = {label["for"] for label in page.find_all("label", attrs={"for": True})}
    ids = [tag["id"] for tag in page.find_all(id=True)]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"two things have the id {twice!r}"
    for field in page.find_all(["input", "select", "textarea"]):
        silent = field.get("type") in ("hidden", "submit", "button")
        named = field.get("id") in labelled or field.get("aria-label") or field.get("aria-labelledby")
        if not silent and not named and not field.find_parent("label"):
            yield f"its field {field.get('name')!r} has no label"
    for button in page.find_all("button"):
        if not button.get_text(strip=True) and not button.get("aria-label"):
            yield "a button says nothing"


def about_its_tokens(page: BeautifulSoup) -> Iterator[str]:
    for form in page.find_all("form"):
        if str(form.get("method", "get")).lower() != "get" and not form.find("input", {"name": "csrf_token"}):
            yield f"the form that sends to {form.get('action')} has no token"


def about_code_in_it(page: BeautifulSoup) -> Iterator[str]:
    for tag in page.find_all(True):
        for attribute in tag.attrs:
            if attribute == "style" or attribute.startswith("on"):
                yield f"<{tag.name}> has {attribute}="
    if page.find("style"):
        yield "it has a style sheet inside"
    for tag in page.find_all("script"):
        if not tag.get("src"):
            yield "it has a script inside"


def about_other_sites(page: BeautifulSoup) -> Iterator[str]:
    for tag in page.find_all(True):
        for attribute, value in tag.attrs.items():
            host = urlsplit(str(value)).netloc if re.match(r"\s*(https?:)?//", str(value)) else ""
            if host and not may_stand(tag, attribute, host):
                yield f"<{tag.name} {attribute}> leads to {host}"


def may_stand(tag: Tag, attribute: str, host: str) -> bool:
    if attribute == "xmlns" or attribute.startswith("xmlns:"):
        return True
    if (tag.name, attribute) == ("input", "value"):
        return True  # What somebody typed in and can change; a browser does not follow it.
    if attribute in FETCHED or (attribute == "href" and tag.name != "a"):
        return False
    is_link = (tag.name == "a" and attribute == "href") or attribute == "data-away"
    return is_link and MAY_LEAD_TO.search(host) is not None
