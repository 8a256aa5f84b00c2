"""Runs the search in a portal with one leak planted. `python -m tests.noninterference.planted FOLDER NUMBER…`

The portal is imported anew for each leak, in a process of its own, and its source is changed on the way in: the mapped
classes are made at import, so nothing less would do.
"""

from __future__ import annotations

import gc
import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAIRS = 4000 if "ALL_LEAKS" in os.environ else 600
SEED = 7

# Imported once, before the processes part.
LIBRARIES = (
    "alembic", "argon2", "babel.dates", "bs4", "flask_alembic", "flask_babel", "flask_limiter", "flask_login",
    "flask_mail", "flask_security", "flask_sqlalchemy_lite", "flask_wtf", "huey", "markdown_it", "nh3", "passlib",
    "pydantic", "pytest", "sqlalchemy.orm", "structlog", "time_machine", "whitenoise", "wtforms", "zxcvbn",
)  # fmt: skip


class _Planter(MetaPathFinder):
    """Finds the one module with the leak in it."""

    def __init__(self, module: str, file: Path, source: str) -> None:
        self.module, self.file, self.source = module, file, source

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != self.module:
            return None
        loader = _Planted(fullname, str(self.file), self.source)
        return importlib.util.spec_from_file_location(fullname, self.file, loader=loader)


class _Planted(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self.source = source

    def get_code(self, fullname: str) -> Any:
        return compile(self.source, self.path, "exec")


def with_the_leak(leak: Any) -> str:
    """The source with the leak in it. Raises LookupError when the line it changes is no longer there."""
    source = (ROOT / leak.file).read_text(encoding="utf-8")
    if source.count(leak.good) != 1:
        raise LookupError(f"{leak.file} has {source.count(leak.good)} times {leak.good!r}: plant “{leak.name}” anew")
    return source.replace(leak.good, leak.bad)


def plant(leak: Any) -> None:
    """Make this process import or render the leak instead of the good line."""
    source = with_the_leak(leak)
    if leak.file.endswith(".py"):
        module = leak.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        sys.meta_path.insert(0, _Planter(module, ROOT / leak.file, source))
        return
    from flask.templating import DispatchingJinjaLoader

    get_source = DispatchingJinjaLoader.get_source

    def get(self: Any, environment: Any, template: str) -> Any:
        found = get_source(self, environment, template)
        return (source, found[1], found[2]) if leak.file == f"templates/{template}" else found

    DispatchingJinjaLoader.get_source = get  # type: ignore[method-assign]


def find(leak: Any, folder: Path) -> str:
    """What tells the worlds apart with this leak in place; empty when nothing does."""
    plant(leak)
    from tests.noninterference.observation import House
    from tests.noninterference.search import NOW, search

    warnings.simplefilter("ignore")
    # Side by side in one folder: the leaks of a run share the empty database that lies beside them. Both worlds move
    # into one house, one after the other, because most of the time goes into its first look at everything.
    house = House.on_sqlite(folder, NOW)
    house.app.jinja_env.globals["count_patients"] = lambda: count("patient")
    house.app.jinja_env.globals["count_places"] = lambda: count("family_class_place")
    return search(house, house, pairs=PAIRS, seed=SEED, pages=leak.pages, only_reasons=leak.is_about_live).leak


# What some leaks use to look at everybody's rows.


def count(table: str) -> int:
    """How many rows there are."""
    from sqlalchemy import text

    from portal.db import db

    with db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def before_in_line(entry_id: int) -> int:
    """How many have waited longer for the same therapist."""
    from sqlalchemy import text

    from portal.db import db

    asked = (
        "SELECT count(*) FROM waiting_list_entry AS other JOIN waiting_list_entry AS mine"
        " ON other.staff_id = mine.staff_id AND other.in_line_since < mine.in_line_since"
        " WHERE mine.id = :mine AND other.ended_at IS NULL"
    )
    with db.engine.connect() as connection:
        return int(connection.execute(text(asked), {"mine": entry_id}).scalar_one())


def is_hidden_update(ref: str) -> bool:
    """Whether this is the viewer's label for an update that was withdrawn."""
    from sqlalchemy import text

    from portal.consent.viewer import the_viewer
    from portal.db import db
    from portal.refs import ref_for

    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT ref FROM family_update WHERE withdrawn_at IS NOT NULL"))
        return any(ref_for(the_viewer().account_ref, row.ref) == ref for row in rows)


def main(folder: Path, numbers: Sequence[int]) -> None:
    """Try these leaks one after the other, and print one line of JSON for each."""
    from tests.noninterference.leaks import LEAKS

    for library in LIBRARIES:
        if importlib.util.find_spec(library.partition(".")[0]):
            importlib.import_module(library)
    from flask import Flask
    from jinja2 import FileSystemBytecodeCache

    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}  # the other pages are the same
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    for number in numbers:
        child = os.fork()
        if child == 0:
            try:
                found = find(LEAKS[number], folder / str(number))
                print(json.dumps({"leak": LEAKS[number].name, "found": found}), flush=True)
            except Exception as trouble:  # the test says which leak could not be tried, and why
                print(json.dumps({"leak": LEAKS[number].name, "trouble": repr(trouble)}), flush=True)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(number) for number in sys.argv[2:]])
