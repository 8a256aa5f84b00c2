"""A portal whose library is filled."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from portal.services import course_loading, guide_loading
from tests.conftest import filled_once

GUIDES = Path(__file__).parents[2] / "portal" / "guides"


@pytest.fixture
def library(app: Flask, houses: dict[str, str]) -> Flask:
    """The portal with the guides it comes with."""
    filled_once(app, houses, "library", lambda: (guide_loading.load(GUIDES), course_loading.load(GUIDES)))
    return app
