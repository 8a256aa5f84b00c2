"""flask …: one module per task, each with a click command called `command`."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the commands."""
    from portal.commands import (
        deliver,
        export_fhir,
        export_guides,
        import_calendar,
        import_fhir,
        import_guides,
        letters,
        load_clinic,
        sees,
        set_password,
        why,
    )

    for module in (
        deliver,
        export_fhir,
        export_guides,
        import_calendar,
        import_fhir,
        import_guides,
        letters,
        load_clinic,
        sees,
        set_password,
        why,
    ):
        app.cli.add_command(module.command)
