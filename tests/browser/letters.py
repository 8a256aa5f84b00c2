"""`python -m tests.browser.letters FOLDER`: a picture of every email, narrow and wide, light and dark, in FOLDER."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from flask import Flask
from flask.testing import FlaskCliRunner
from playwright.sync_api import sync_playwright

from portal.commands import letters
from portal.config import Settings
from portal.db import db
from tests.browser.conftest import ENGINE, launch
from tests.conftest import furnish_aside

WIDTHS = {"narrow": 390, "wide": 1280}
SCHEMES = ("light", "dark")


def written(app: Flask, folder: Path) -> list[Path]:
    """Every email in every language and every way it can be, as files of HTML."""
    said = FlaskCliRunner(app).invoke(letters.command, [str(folder)])
    assert said.exit_code == 0, said.output
    return sorted(folder.glob("*/*.html"))


def take_pictures(pages: list[Path], folder: Path) -> int:
    """One picture of each page at each width in each scheme; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        chromium = launch(driver, ENGINE)
        page = chromium.new_page()
        for file in pages:
            page.goto(file.as_uri())
            for size, width in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": 600})
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    name = f"{file.parent.name}-{file.stem}-{size}-{scheme}.png"
                    page.screenshot(path=folder / name, full_page=True)
        chromium.close()
    return len(pages) * len(WIDTHS) * len(SCHEMES)


def _main(folder: Path) -> None:
    from portal import create_app

    work = Path(tempfile.mkdtemp())
    furnish_aside(f"sqlite:///{work}/portal.db")
    app = create_app(Settings(mode="test", database_url=f"sqlite:///{work}/portal.db"))
    pages = written(app, work / "letters")
    with app.app_context():
        db.engine.dispose()
    print(f"{take_pictures(pages, folder)} pictures in {folder}/")
    shutil.rmtree(work)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
