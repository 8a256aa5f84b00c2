"""How much a phone must fetch for a page: the first visit, and the next one with everything kept."""

from __future__ import annotations

import gzip
import re
from typing import Any

from portal import assets


def measure(html: str) -> dict[str, Any]:
    """Compressed bytes of the family home and of every file it makes the browser fetch."""
    page = len(gzip.compress(html.encode(), 6))
    named = set(re.findall(r"/static/([\w.-]+)", html))
    style_sheets = [name for name in named if name.endswith(".css")]
    for sheet in style_sheets:
        text = (assets.TARGET / sheet).read_text(encoding="utf-8")
        named |= set(re.findall(r'url\(["\']?(?:/static/)?([\w.-]+)', text))
    # The browser asks for the little picture of the tab on its own, after the page is there.
    files = {name: _compressed(name) for name in sorted(named) if (assets.TARGET / name).exists()}
    fetched = {name: size for name, size in files.items() if not name.startswith("mark")}
    return {
        "first_visit_bytes": page + sum(fetched.values()),
        "next_visit_bytes": page,
        "requests": 1 + len(fetched),
        "home_html": page,
        "files": files,
        "unit": "bytes as sent by a server that compresses",
    }


def _compressed(name: str) -> int:
    candidates = [assets.TARGET / (name + suffix) for suffix in (".br", ".gz", "")]
    return min(path.stat().st_size for path in candidates if path.exists())
