"""Whoever reads Spanish reads all of it in Spanish."""

from tests.catalogs import problems


def test_every_word_of_pages_and_emails_has_its_spanish_twin() -> None:
    assert problems() == []
