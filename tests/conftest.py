"""The house with its people in it, on SQLite and on PostgreSQL, with a clock that can be set."""

from __future__ import annotations

import datetime as dt
import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from types import CodeType

import hypothesis
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import make_url

from portal import assets, cast, clinic, create_app
from portal.cast import Cast, Person
from portal.config import Settings
from portal.db import db
from portal.extensions import alembic, limiter
from portal.models import Patient
from tests.postgres import Postgres, private_folder

# Monday, 8:30 in the morning in Chicago, three days before a holiday.
MORNING = dt.datetime.fromisoformat("2026-11-23T08:30:00-06:00")
MOST_APPS = 4
# What the tests write is thrown away; in memory nobody waits for a disk. The databases believe it is one.
IN_MEMORY = Path("/dev/shm")
WANTED_IN_MEMORY = 4 * 2**30

HERE = Path(__file__).parent
LONGEST = (HERE / "noninterference", HERE / "consent" / "test_histories.py")

# How fast examples come says something about the machine, which others use too, and nothing about the portal.
hypothesis.settings.register_profile("here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > WANTED_IN_MEMORY:
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)  # the programs that tests start inherit it
    # Where nothing that Python compiled is kept, each of those programs would compile every library anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(private_folder() / "compiled"))
    sys.dont_write_bytecode, sys.pycache_prefix = False, os.environ["PYTHONPYCACHEPREFIX"]


def pytest_sessionstart(session: pytest.Session) -> None:
    Flask.jinja_options = {"bytecode_cache": CompiledPages()}


def pytest_collection_finish(session: pytest.Session) -> None:
    # What is loaded by now stays until the end: looking through it for garbage again and again only takes time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # and what a request leaves behind need not be looked through within it


class CompiledPages(BytecodeCache):
    """Pages as Jinja compiled them: the same for all applications of a process."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        source, code = self.known.get(bucket.key, ("", None))
        bucket.code = code if source == bucket.checksum else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.known[bucket.key] = bucket.checksum, bucket.code


class Clock:
    """The portal's clock, in the hands of a test."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(MORNING)

    def set(self, moment: dt.datetime) -> None:
        self.moment = moment
        # In one step: a server or a thread of the portal may read it at this moment.
        new = self.file.with_suffix(".new")
        new.write_text(moment.isoformat(), encoding="utf-8")
        new.replace(self.file)

    def forward(self, **time: float) -> None:
        self.set(self.moment + dt.timedelta(**time))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every process begins with its share of the longest tests, so that none waits at the end for one of them."""
    shares = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if any(item.path.is_relative_to(one) for one in LONGEST)]
    others = [item for item in items if item not in set(long)]
    each = -(-len(items) // shares)
    items.clear()
    for share in range(shares):
        mine = long[share::shares]
        items += mine + others[: each - len(mine)]
        others = others[each - len(mine) :]
    items += others


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases")
        metafunc.parametrize("database", ["sqlite", "postgresql"] if both else ["sqlite"], indirect=True)


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    if not (assets.TARGET / "manifest.json").exists():
        subprocess.run([sys.executable, "-c", "from portal import assets; assets.build()"], check=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres.shared() as server:
        yield server


@pytest.fixture
def clock(houses: dict[str, str]) -> Clock:
    return Clock(Path(houses["folder"]) / "clock")


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Databases with the cast already in them, copied for each test: by kind, where the copy is made from."""
    return {"folder": str(tmp_path_factory.mktemp("houses"))}


@pytest.fixture
def database(request: pytest.FixtureRequest, houses: dict[str, str]) -> Iterator[str]:
    """The address of a database with everybody of the cast in it, as if no test had been before."""
    kind = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        file = Path(houses["folder"]) / "portal.db"
        for old in file.parent.glob(f"{file.name}*"):
            old.unlink()
        shutil.copy(furnished(houses), file)
        yield f"sqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    houses["server"] = server.address
    if "postgresql" not in houses:
        houses["postgresql"] = server.create(f"house_{uuid.uuid4().hex[:8]}")
        furnish_aside(server.url(houses["postgresql"]))
    name = server.create(houses["postgresql"].replace("house", "test"), template=houses["postgresql"])
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def process_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The zone of the machine, which makes no difference."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def settings(database: str, clock: Clock) -> Settings:
    return Settings(mode="test", database_url=database, clock_file=clock.file)


@pytest.fixture(scope="session")
def apps() -> dict[str, Flask]:
    """The applications that serve test after test, as at a clinic: compiling pages and routes takes long."""
    return {}


@pytest.fixture
def app(settings: Settings, apps: dict[str, Flask]) -> Iterator[Flask]:
    key = settings.model_dump_json()
    if key not in apps:
        if len(apps) == MOST_APPS:
            del apps[next(iter(apps))]
        apps[key] = create_app(settings)
    app = apps[key]
    limiter.enabled = app.config["RATELIMIT_ENABLED"]  # the limiter is one for all applications: another may be on
    config, extensions = dict(app.config), dict(app.extensions)
    yield app
    with app.app_context():
        clinic.forget()
        db.engine.dispose()
    for now, before in ((app.config, config), (app.extensions, extensions)):
        now.clear()
        now.update(before)


SignIn = Callable[[Person], FlaskClient]


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A browser in which somebody is signed in. `test_sign_in.py` walks through the form itself."""

    def signed_in(person: Person) -> FlaskClient:
        from flask_login.utils import _create_identifier

        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = _uniquifier(app, person.email)
            cookie["_fresh"] = True
        with app.test_request_context(headers={"User-Agent": client_agent(client)}, environ_base=client.environ_base):
            identifier = _create_identifier()
        with client.session_transaction() as cookie:
            cookie["_id"] = identifier
        return client

    return signed_in


def client_agent(client: FlaskClient) -> str:
    return str(client.environ_base["HTTP_USER_AGENT"])


def _uniquifier(app: Flask, email: str) -> str:
    from sqlalchemy import select

    from portal.models import Account

    with app.app_context():
        g.reading = True
        return db.session.scalars(select(Account.fs_uniquifier).where(Account.email == email)).one()


@contextmanager
def at_the_clinic(app: Flask) -> Iterator[None]:
    """A context of its own in which services can be called; commits at the end."""
    from portal.db import commit

    with app.app_context():
        yield
        commit()


def filled_once(app: Flask, houses: dict[str, str], name: str, fill: Callable[[], object]) -> None:
    """Fill the house as `fill` does. Only the first of a kind is filled; later ones get its rows."""
    url = app.config["SETTINGS"].database_url
    kind = f"{name} on {url.partition(':')[0]}"
    is_first = kind not in houses
    if is_first:
        with at_the_clinic(app):
            fill()
    with app.app_context():
        db.engine.dispose()  # a database is copied only while nobody looks at it
    if url.startswith("postgresql"):
        server, here = Postgres(houses["server"]), str(make_url(url).database)
        if is_first:
            houses[kind] = server.create(f"{name}_{uuid.uuid4().hex[:8]}", template=here)
        else:
            server.drop(here)
            server.create(here, template=houses[kind])
        return
    file = url.removeprefix("sqlite:///")
    kept = houses.setdefault(kind, f"{houses['folder']}/{name}.db")
    with closing(sqlite3.connect(file)) as house, closing(sqlite3.connect(kept)) as full:
        house.backup(full) if is_first else full.backup(house)


def patient_id(app: Flask, person: Person) -> int:
    """The number of a patient of the cast."""
    from sqlalchemy import select

    from portal.models import Account

    with app.app_context():
        g.reading = True
        return db.session.scalars(select(Patient.id).join(Account).where(Account.email == person.email)).one()


def furnished(houses: dict[str, str]) -> Path:
    """The SQLite database from which copies are made."""
    if "sqlite" not in houses:
        houses["sqlite"] = f"{houses['folder']}/house.db"
        furnish_aside(f"sqlite:///{houses['sqlite']}")
    return Path(houses["sqlite"])


def furnish_aside(url: str) -> None:
    # In a thread of its own: the browser driver keeps an event loop in this one, and Alembic wants none.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(_furnish, url).result()


def _furnish(url: str) -> None:
    folder = Path(tempfile.mkdtemp())
    clock = Clock(folder / "clock")
    app = create_app(Settings(mode="test", database_url=url, clock_file=clock.file))
    with app.app_context():
        alembic.upgrade()
        with db.sessionmaker.begin() as session:
            everybody: Cast = cast.gather(session, MORNING)
            cast.strangers(everybody)
        clinic.forget()
        db.engine.dispose()
    shutil.rmtree(folder)
