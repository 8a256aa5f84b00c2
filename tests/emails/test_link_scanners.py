"""Mail programs and their guards open every link before anybody does: nothing happens, and no link is used up."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask.testing import FlaskClient

from portal.cast import PASSWORD, Person
from tests.browser_form import submit
from tests.emails.conftest import Post
from tests.emails.each_kind import KINDS, dump, every_letter, links_of, reader_of

METHODS = ("GET", "HEAD", "OPTIONS")


def test_whoever_opens_the_links_of_an_email_changes_nothing(post: Post) -> None:
    opened: set[tuple[Person | None, str]] = set()
    for kind, letter in every_letter(post):
        reader = reader_of(letter)
        for who in (None, reader):
            links = [
                link for link in links_of(letter) if (who, link) not in opened
            ]  # pages without a token are the same
            opened |= {(who, link) for link in links}
            client = signed_in(post, who) if who else post.app.test_client()
            before = dump(post.app)
            first = [scan(client, link, method) for link in links for method in METHODS]
            again = [scan(client, link, method) for link in links for method in METHODS]
            after = dump(post.app)

            assert after == before, (kind, [table for table in after if after[table] != before[table]])
            assert again == first, f"{kind}: a link was used up"
            assert all(status < 400 for answer in first for status, _ in answer), (kind, first)
    assert len(opened) > 2 * len(KINDS)


def signed_in(post: Post, person: Person) -> FlaskClient:
    client = post.app.test_client()
    assert submit(client, "/sign-in", email=person.email, password=PASSWORD).status_code == 303
    return client


def scan(client: FlaskClient, link: str, method: str) -> list[tuple[int, str]]:
    """Open a link as a scanner does, wherever it leads; returns what each page answered and where it sent to."""
    assert link.startswith("http://portal.example.org"), link
    answers: list[tuple[int, str]] = []
    path = link.removeprefix("http://portal.example.org") or "/"
    for _ in range(5):
        answer = client.open(path, method=method)
        answers.append((answer.status_code, answer.headers.get("Location", "")))
        if not 300 <= answer.status_code < 400:
            break
        to = urlsplit(answer.location)
        path = f"{to.path}?{to.query}" if to.query else to.path
    return answers
