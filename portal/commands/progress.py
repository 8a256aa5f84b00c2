"""A progress bar for what takes longer than two seconds, on a terminal only."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_SECONDS = 2.0

Watch = Callable[[Iterable[Any], int], Iterable[Any]]


@contextmanager
def bar(doing: str = "Reading", then: str = "Storing") -> Iterator[Watch]:
    """Gives a function that hands items through and counts them; the bar is on standard error."""
    if not sys.stderr.isatty():
        yield lambda items, total: items
        return
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task(doing, total=None)
    patience = threading.Timer(PATIENCE_SECONDS, progress.start)
    patience.daemon = True

    def watch(items: Iterable[Any], total: int) -> Iterator[Any]:
        progress.update(task, total=total)
        for item in items:
            yield item
            progress.advance(task)
        progress.update(task, description=then, total=None)

    patience.start()
    try:
        yield watch
    finally:
        patience.cancel()
        progress.stop()
