"""Builds what browsers keep: one style sheet, two fonts, the icons and the script, each named by its content."""

import gzip
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
TARGET = REPOSITORY / "instance" / "static"
PREFIX = "/static/"


@cache
def url(name: str) -> str:
    """Where the browser finds a file: asset('portal.css') in a template."""
    return PREFIX + manifest(TARGET)[name]


def manifest(target: Path) -> dict[str, str]:
    try:
        return dict(json.loads((target / "manifest.json").read_text()))
    except FileNotFoundError:
        raise FileNotFoundError(f"{target}/manifest.json is missing. Run: python -m portal.assets") from None


def build(target: Path = TARGET) -> None:
    """Writes every file, then the manifest that points at them."""
    contents = {"sans.woff2": sans(), "serif.woff2": serif(), "icons.svg": icons()}
    contents |= {path.name: path.read_bytes() for path in REPOSITORY.glob("static/*") if path.name != "theme.css"}
    names = {name: hashed(name, content) for name, content in contents.items()}
    contents["portal.css"] = style_sheet(names)
    names["portal.css"] = hashed("portal.css", contents["portal.css"])

    target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        for suffix, packed in twins(name, content):
            put(target / (names[name] + suffix), packed)
    sweep(target, names)
    put(target / "manifest.json", json.dumps(names, indent=2).encode())
    url.cache_clear()
    pages.cache_clear()


def sweep(target: Path, names: dict[str, str]) -> None:
    """Old files go, but not those of the build before this one: open pages still ask for them."""
    wanted = {"manifest.json", *names.values()}
    if (target / "manifest.json").exists():
        wanted |= set(manifest(target).values())
    for path in target.iterdir():
        if path.name.removesuffix(".gz").removesuffix(".br") not in wanted:
            path.unlink(missing_ok=True)


def hashed(name: str, content: bytes) -> str:
    stem, ending = name.rsplit(".", 1)
    return f"{stem}.{sha256(content).hexdigest()[:12]}.{ending}"


def twins(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    import brotli

    yield "", content
    if not name.endswith(".woff2"):
        yield ".gz", gzip.compress(content, mtime=0)
        yield ".br", brotli.compress(content)


def put(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


@cache
def pages() -> str:
    """Everything that can name a class or an icon."""
    found = [*REPOSITORY.glob("templates/**/*.html"), *REPOSITORY.glob("portal/**/*.py")]
    return "\n".join(path.read_text() for path in sorted(found))


def bootstrap(path: str) -> str:
    return (files("flask_bootstrap") / "static" / "bootstrap5" / path).read_text()


# Fonts: the letters that English and Spanish need.

LETTERS = [*range(0x20, 0x7F), *range(0xC0, 0x100), *map(ord, "\xa0¡§©ª«®°·º»½¿Œœ–—‘’“”•…−")]


def sans() -> bytes:
    """Every weight from regular to bold in one file: the two share their outlines."""
    from fontTools import designspaceLib, varLib

    space = designspaceLib.DesignSpaceDocument()
    space.addAxisDescriptor(tag="wght", name="Weight", minimum=400, default=400, maximum=700)
    for style, weight in (("Regular", 400), ("Bold", 700)):
        font = subset("font_source_sans_pro", f"SourceSansPro-{style}.otf")
        space.addSourceDescriptor(font=font, name=style, location={"Weight": weight})
    return woff2(varLib.build(space)[0])


def serif() -> bytes:
    return woff2(subset("font_source_serif_pro", "SourceSerifPro-Semibold.ttf"))


def subset(package: str, name: str) -> Any:
    from fontTools import subset as tool

    # The licence lets anyone change the font but not keep its name; who made it and the licence stay (0, 13, 14).
    options = tool.Options(
        layout_features=["kern", "tnum"], hinting=False, desubroutinize=True, glyph_names=True, name_IDs=[0, 13, 14]
    )
    font = tool.load_font(str(files(package) / "files" / name), options, lazy=False)
    subsetter = tool.Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    return font


def woff2(font: Any) -> bytes:
    font.flavor = "woff2"
    font.save(packed := io.BytesIO())
    return packed.getvalue()


# Icons: the symbols whose names stand in quotes in a template or a module.

# Many are plain words, which stand in quotes for other reasons too: one of them is an icon's name where the line, or
# one of the two before it, speaks of icons, of what has one, or of a colour.
HAS_ICONS = re.compile(r"(?i:icon)|\b(?:Sign|Kind|MenuItem|menu_item|tag)\(|\b(?:pine|dusk|plum|ochre|clay)\b")


def icons() -> bytes:
    named = icon_names()
    sprite = bootstrap("icons/bootstrap-icons.svg")
    symbols = re.findall(r'<symbol class="[^"]*"(.*? id="([^"]*)">.*?</symbol>)', sprite)
    kept = "".join(f"<symbol{symbol}" for symbol, name in symbols if name in named)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{kept}</svg>'.encode()


def icon_names() -> set[str]:
    lines = pages().splitlines()
    return {
        name
        for number, line in enumerate(lines)
        for name in re.findall(r"""["']([a-z0-9-]+)["']""", line)
        if not name.isalpha() or any(map(HAS_ICONS.search, lines[max(number - 2, 0) : number + 1]))
    }


# Style: the parts of Bootstrap that a class attribute asks for, then the theme.

DARK = "[data-bs-theme=dark]"
DARK_BY_DEVICE = ":root:not(:where([data-bs-theme=light]))"


def style_sheet(names: dict[str, str]) -> bytes:
    used = class_names()

    def asked_for(selector: str) -> bool:
        return used.issuperset(re.findall(r"\.([a-z][\w-]*)", re.sub(r":not\([^)]*\)", "", selector)))

    theme = rules((REPOSITORY / "static" / "theme.css").read_text(), lambda _: True)
    css = without_idle_variables(rules(bootstrap("css/bootstrap.min.css"), asked_for), theme)
    # The security policy allows no data: pictures; the theme draws its own arrow and tick.
    css = re.sub(r'url\("data:[^"]*"\)', "none", css) + theme
    for name, hashed_name in names.items():
        css = css.replace(f"url({name})", f"url({hashed_name})")
    return css.encode()


def class_names() -> set[str]:
    attributes = re.findall(r"""class_?["']?\s*[=:]\s*(["'])(.*?)\1""", pages(), re.DOTALL)
    return {word for _, words in attributes for word in re.findall(r"[\w-]+", words)}


def rules(css: str | list[Any], wanted: Callable[[str], bool]) -> str:
    """The wanted rules, compact; those for the dark theme once more for devices that ask for it."""
    import tinycss2

    written = ""
    for rule in tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inside = rules(rule.content, wanted)
            written += f"@{rule.at_keyword} {text(rule.prelude)}{{{inside}}}" if inside else ""
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("font-face", "page"):
            name = " " + text(rule.prelude) if text(rule.prelude) else ""
            written += f"@{rule.at_keyword}{name}{{{text(rule.content)}}}"
        elif rule.type == "qualified-rule":
            selectors = [selector for selector in split(rule.prelude) if wanted(selector)]
            body = "{" + text(rule.content) + "}"
            written += ",".join(selectors) + body if selectors else ""
            dark = [selector.replace(DARK, DARK_BY_DEVICE) for selector in selectors if DARK in selector]
            written += "@media (prefers-color-scheme:dark){" + ",".join(dark) + body + "}" if dark else ""
    return written


def split(prelude: list[Any]) -> Iterator[str]:
    selector: list[Any] = []
    for part in prelude:
        if part == ",":
            yield text(selector)
            selector = []
        else:
            selector.append(part)
    yield text(selector)


def text(tokens: list[Any]) -> str:
    import tinycss2

    plain = re.sub(r"/\*.*?\*/", "", tinycss2.serialize(tokens), flags=re.DOTALL)
    return re.sub(r"\s*([;,{}])\s*", r"\1", re.sub(r"\s+", " ", plain)).strip().removesuffix(";")


def without_idle_variables(css: str, theme: str) -> str:
    """Bootstrap sets hundreds of variables; those that nothing reads any more go, and then those they read."""
    read = set(re.findall(r"var\((--[\w-]+)", css + theme))
    kept = re.sub(r"(--bs-[\w-]+):[^;{}]*(?:;|(?=}))", lambda found: found[0] if found[1] in read else "", css)
    return re.sub(r"[^{}]+{}", "", css) if kept == css else without_idle_variables(kept, theme)


if __name__ == "__main__":
    build()
