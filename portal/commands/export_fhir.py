"""flask export-fhir: one patient's people, consents, sessions and record as a FHIR R4 bundle."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import with_appcontext


@click.command("export-fhir")
@click.option("--person", "id_", required=True, metavar="ID", help="The id of the import, or the patient’s own label.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here; otherwise it is printed.")
@with_appcontext
def command(id_: str, output: Path | None) -> None:
    """Write one patient as a FHIR R4 Bundle that import-fhir can read.

    It holds names and addresses, so it is protected like the record itself. Imported elsewhere it shows
    nobody more than is shown here; imported here it changes nothing. That it was written goes on record.
    """
    from portal.db import reading
    from portal.exchange.fhir_export import NoSuchPatient, bundle, patient_called, put_on_record

    try:
        with reading():
            patient = patient_called(id_)
            text = json.dumps(bundle(patient), indent=2, ensure_ascii=False)
    except NoSuchPatient as nobody:
        raise click.ClickException(str(nobody)) from None
    put_on_record(patient)
    if output is None:
        click.echo(text)
    else:
        _write(output, text)


def _write(file: Path, text: str) -> None:
    # For whoever ran the command and nobody else on this machine.
    try:
        file.touch(mode=0o600)
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as refused:
        raise click.ClickException(f"{file}: {refused.strerror}.") from None
