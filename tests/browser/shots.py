"""`make shots`: a picture of every screen, light, dark, phone and on paper, in instance/shots/."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.browser.screens import Screen
from tests.browser.test_screens import Group, arrive, for_everybody, tour

FOLDER = Path("instance/shots")
SIZES = {
    "desk": (1280, "screen", "light"),
    "dark": (1280, "screen", "dark"),
    "phone": (390, "screen", "light"),
    "paper": (816, "print", "light"),
}


@pytest.mark.browser
@for_everybody
def test_take_the_pictures(visit: Visit, group: Group, screens: list[Screen]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    visitor = arrive(visit, group)
    for screen in tour(visitor, screens):
        for size, (width, media, scheme) in SIZES.items():
            if media == "screen" or screen.pages_on_paper:
                visitor.page.set_viewport_size({"width": width, "height": 844})
                visitor.page.emulate_media(media=media, color_scheme=scheme)  # type: ignore[arg-type]
                visitor.page.screenshot(path=FOLDER / f"{size}-{screen.name}.png", full_page=True)
        visitor.page.emulate_media(media="screen", color_scheme="light")
        visitor.page.set_viewport_size({"width": 1280, "height": 844})


if __name__ == "__main__":
    code = pytest.main([__file__, "-q", "-p", "no:cacheprovider", *sys.argv[1:]])
    if not code:
        print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}/")
    sys.exit(code)
