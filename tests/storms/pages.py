"""Reads the one form of a page's main part, and nothing else: a crowd opens pages by the thousand."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.test import TestResponse

Form = tuple[str, dict[str, str]]


class Page(HTMLParser):
    """Where the form is sent to, its fields as they stand, and the times that can be chosen."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.times: list[str] = []
        self.path = answer.request.full_path.removesuffix("?")
        self._in_main = self._in_form = False
        self._area = ""
        self.feed(answer.get_data(as_text=True))

    @property
    def is_to_check(self) -> bool:
        """Whether it is the last page of a booking: the only one whose form is good for one time."""
        return "token" in self.fields

    def form(self, **filled: str) -> Form:
        """The form with some fields filled in, as a browser sends it."""
        assert self.action, "no form on this page"
        return self.action, self.fields | filled

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "main":
            self._in_main = True
        elif tag == "form" and self._in_main and said.get("method", "").lower() == "post":
            self.action, self._in_form = said.get("action", self.path), True
        elif self._in_form and said.get("name"):
            self._field(tag, said)

    def _field(self, tag: str, said: dict[str, str]) -> None:
        if said.get("type") == "radio":
            if said["name"] == "time":
                self.times.append(said["value"])
            if "checked" not in said:
                return
        if tag == "textarea":
            self._area = said["name"]
        if tag in ("input", "textarea"):
            self.fields[said["name"]] = said.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data.removeprefix("\r\n").removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._in_form = False
        elif tag == "main":
            self._in_main = False
