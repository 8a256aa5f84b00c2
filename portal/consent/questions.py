"""Questions of what a reader may see, put into the database's words once and answered anew for each pair of eyes."""

from __future__ import annotations

from typing import Any

from portal.db import PlainSQL, asking
from portal.ready import Ready, Row


class Question(Ready):
    """A select of mapped columns. Its parameters ask who looks and what the time is whenever it is asked, and its rows
    are remembered by no session: so many readers may ask it over one connection, one after the other."""

    def __init__(self, statement: Any) -> None:
        if statement._propagate_attrs.get("compile_state_plugin") != "orm":
            raise PlainSQL("Ask a mapped class: bare tables know nothing of consent.")
        super().__init__(statement)

    def ask(self, **given: Any) -> list[Row]:
        """What the viewer of this moment is told."""
        with asking() as connection:
            return self.rows(connection, **given)
