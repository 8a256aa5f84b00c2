"""A bad setting stops the start, and the sentence names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.config import BadSetting, Settings, read_settings

AT_A_CLINIC = {
    "PORTAL_MODE": "production",
    "PORTAL_SECRET_KEY": "x" * 40,
    "PORTAL_BASE_URL": "https://portal.example.org",
}


def test_a_clinic_starts_with_three_settings() -> None:
    assert read_settings(AT_A_CLINIC).mode == "production"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_MODE", "debug"),
        ("PORTAL_DATABASE_URL", "mysql://localhost/portal"),
        ("PORTAL_REDIS_URL", "localhost:6379"),
        ("PORTAL_SMTP_URL", "mail.example.org"),
        ("PORTAL_SMTP_URL", "smtp://mail.example.org:many"),
        ("PORTAL_SECRET_KEY", "short"),
        ("PORTAL_SECRET_KEY", ""),
        ("PORTAL_BASE_URL", "portal.example.org"),
        ("PORTAL_BASE_URL", "http://portal.example.org"),
        ("PORTAL_TIME_ZONE", "Chicago"),
        ("PORTAL_CLOCK_FILE", "/tmp/clock"),
        ("PORTAL_DATABSE_URL", "sqlite:///portal.db"),
        ("PORTAL_SECRET_KEY_FILE", "/there/is/no/such/file"),
    ],
)
def test_a_bad_setting_stops_the_start_and_is_named(name: str, value: str) -> None:
    environ = {key: known for key, known in AT_A_CLINIC.items() if key not in (name, name.removesuffix("_FILE"))}
    with pytest.raises(BadSetting, match=name):
        read_settings(environ | {name: value})


def test_every_setting_is_known_by_its_name_and_refused_when_it_is_misspelt() -> None:
    for field in Settings.model_fields:
        with pytest.raises(BadSetting, match=f"PORTAL_{field.upper()}X"):
            read_settings(AT_A_CLINIC | {f"PORTAL_{field.upper()}X": "1"})


def test_a_secret_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("y" * 40 + "\n")
    environ = {name: value for name, value in AT_A_CLINIC.items() if name != "PORTAL_SECRET_KEY"}

    assert read_settings(environ | {"PORTAL_SECRET_KEY_FILE": str(tmp_path / "key")}).secret_key == "y" * 40


def test_the_sentence_never_repeats_a_secret() -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings(AT_A_CLINIC | {"PORTAL_SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(refused.value)
