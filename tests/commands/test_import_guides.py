"""flask import-guides loads a folder of guides, all of them or none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from flask import Flask

from portal.exchange.clinic_load import SHIPPED_GUIDES
from tests.exchange.bundles import every_row, run


def test_a_folder_of_guides_is_loaded_once(app: Flask) -> None:
    first = json.loads(run(app, "import-guides", str(SHIPPED_GUIDES)).stdout)
    again = json.loads(run(app, "import-guides", str(SHIPPED_GUIDES)).stdout)

    assert first["created"] == again["unchanged"] > 0


def test_a_guide_that_cannot_be_read_keeps_all_of_them_out(app: Flask, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED_GUIDES, tmp_path / "guides")
    (tmp_path / "guides" / "en" / "zz.md").write_text("no front matter", encoding="utf-8")
    before = every_row(app)

    result = run(app, "import-guides", str(tmp_path / "guides"))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "en/zz.md" in result.stderr
    assert every_row(app) == before


def test_an_empty_folder_is_a_mistake(app: Flask, tmp_path: Path) -> None:
    assert run(app, "import-guides", str(tmp_path)).exit_code == 1


def test_guides_are_written_out_whole_and_never_over_others_unasked(app: Flask, tmp_path: Path) -> None:
    run(app, "import-guides", str(SHIPPED_GUIDES))
    there = len(list(SHIPPED_GUIDES.glob("*/*.md")))
    out = tmp_path / "out"

    assert json.loads(run(app, "export-guides", str(out)).stdout) == {"written": there}
    assert {file.relative_to(out) for file in out.glob("*/*.md")} == {
        file.relative_to(SHIPPED_GUIDES) for file in SHIPPED_GUIDES.glob("*/*.md")
    }
    assert json.loads(run(app, "import-guides", str(out)).stdout)["unchanged"] == there

    (out / "en" / "listening-well.md").write_text("mine", encoding="utf-8")
    (out / "en" / "mine.md").write_text("mine", encoding="utf-8")
    refused = run(app, "export-guides", str(out))
    assert (refused.exit_code, "is not empty" in refused.stderr) == (1, True)
    assert (out / "en" / "listening-well.md").read_text() == "mine"
    assert run(app, "export-guides", "--force", str(out)).exit_code == 0
    assert "Listening well" in (out / "en" / "listening-well.md").read_text()
    assert (out / "en" / "mine.md").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_every_command_explains_itself(app: Flask) -> None:
    for name in (
        "load-clinic",
        "import-fhir",
        "import-guides",
        "export-guides",
        "set-password",
        "sees",
        "why",
        "deliver",
        "letters",
    ):
        result = run(app, name, "--help")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4
