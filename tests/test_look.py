"""The look: the right weight, readable colours, nothing inline, no icon without a picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal import assets

ROOT = Path(__file__).parent.parent
TEMPLATES = [path for path in sorted(ROOT.glob("templates/**/*.html")) if "emails" not in path.parts]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("static")
    assets.build(target)
    return target


def weight(target: Path, name: str) -> int:
    """What travels: the smallest twin of a file."""
    return min(path.stat().st_size for path in target.glob(f"{assets.manifest(target)[name]}*"))


def test_a_first_visit_leaves_twelve_kilobytes_for_the_page_itself(built: Path) -> None:
    kept = ("portal.css", "sans.woff2", "serif.woff2", "icons.svg")
    assert sum(weight(built, name) for name in kept) < 48_000


def test_the_script_stays_small(built: Path) -> None:
    assert weight(built, "portal.js") < 3_000


def test_building_again_changes_nothing_and_sweeps(built: Path) -> None:
    before = {path.name: path.read_bytes() for path in built.iterdir()}
    (built / "portal.000000000000.css").write_text("of a build long ago")
    assets.build(built)
    assert {path.name: path.read_bytes() for path in built.iterdir()} == before


def test_the_style_sheet_asks_for_nothing_the_policy_forbids(built: Path) -> None:
    css = (built / assets.manifest(built)["portal.css"]).read_text()
    urls = set(re.findall(r"url\(([^)]*)\)", css))
    assert urls == {assets.manifest(built)[name] for name in ("sans.woff2", "serif.woff2")}


def test_dark_is_there_by_choice_and_by_device(built: Path) -> None:
    css = (built / assets.manifest(built)["portal.css"]).read_text()
    assert f"{assets.DARK}{{color-scheme: dark;--paper: #14201e" in css
    assert f"@media (prefers-color-scheme:dark){{{assets.DARK_BY_DEVICE}{{color-scheme: dark;--paper: #14201e" in css


def test_every_icon_a_template_names_is_in_the_sprite(built: Path) -> None:
    sprite = (built / assets.manifest(built)["icons.svg"]).read_text()
    named = {
        name for path in TEMPLATES for name in re.findall(r"""\b(?:icon|draw)\(["']([\w-]+)["']""", path.read_text())
    }
    assert named
    assert {name for name in named if f'id="{name}"' not in sprite} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_nothing_is_inline(path: Path) -> None:
    """The security policy would drop it, and nobody would see why."""
    html = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)", html)


# Text on every surface it stands on, then the things that must be seen but not read.
TEXT = [(ink, ground) for ink in ("ink", "soft", "pine", "clay") for ground in ("paper", "card", "sunken")]
TEXT += [("ink", f"{hue}-tint") for hue in ("pine", "dusk", "plum", "ochre", "clay")]
TEXT += [(hue, f"{hue}-tint") for hue in ("pine", "dusk", "plum", "ochre", "clay")]
TEXT += [("on-solid", hue) for hue in ("pine", "pine-deep", "dusk", "plum", "ochre")]
SHAPES = [("edge", ground) for ground in ("paper", "card", "sunken")] + [("ink", "paper"), ("ink", "card")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"), [(*pair, 4.5) for pair in TEXT] + [(*pair, 3.0) for pair in SHAPES]
)
def test_colours_can_be_told_apart(theme: str, front: str, back: str, least: float) -> None:
    colours = tokens(theme)
    assert contrast(colours[front], colours[back]) >= least


def tokens(theme: str) -> dict[str, str]:
    css = (ROOT / "static" / "theme.css").read_text()
    block = css.split(f"[data-bs-theme={theme}]", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))


def contrast(one: str, other: str) -> float:
    """WCAG 2: the ratio of the two relative luminances."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
