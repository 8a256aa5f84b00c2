"""CPU time of a postman by what he does: each part without the parts inside it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from portal.emails import claims, delivery, in_hand, line
from portal.emails.messages import MESSAGES, updates, weekly_list

PARTS: tuple[tuple[str, Any, str], ...] = (
    ("keep", claims, "_keep"),
    ("take and end", in_hand, "take"),
    ("take and end", in_hand, "end"),
    ("render", updates, "write_letter"),
    ("render", weekly_list, "write_letter"),
    ("bytes", line, "as_sent"),
    ("hand over", line.Line, "send"),
    ("the rest", delivery, "deliver"),
)


class Segments:
    """Listens to the parts from now on."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._now: list[str] = []
        self._since = 0.0
        for name, owner, function in PARTS:
            setattr(owner, function, self._timed(name, getattr(owner, function)))
        for kind, compose in MESSAGES.items():
            MESSAGES[kind] = self._timed("read as reader", compose)

    def in_ms(self, letters: int) -> dict[str, float]:
        """Milliseconds for each letter."""
        return {name: round(1000 * seconds / letters, 3) for name, seconds in self.seconds.most_common()}

    def _timed(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._turn_to(name)
            try:
                return act(*args, **kwargs)
            finally:
                self._turn_to(None)

        return timed

    def _turn_to(self, name: str | None) -> None:
        now = time.thread_time()
        if self._now:
            self.seconds[self._now[-1]] += now - self._since
        if name is None:
            self._now.pop()
        else:
            self._now.append(name)
        self._since = now
