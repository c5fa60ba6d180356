"""The ZIP: a page for people, and the same as JSON, CSV, FHIR and proofs for programs.

Every file is written while its rows are read. ``manifest.json`` comes last and names each file with
its SHA-256, how many rows it has, and what is not in the copy.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from io import BytesIO
from itertools import count, islice
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from authz.export import csv_table
from authz.export.contents import Contents
from authz.export.fhir import Resource, collection, moment, patient_resource
from authz.export.fhir_audit import access_event, change_event
from authz.export.fhir_consent import consent_resource
from authz.export.fhir_provenance import provenance
from authz.export.tables import Table, tables

_IN_A_BUNDLE = 1000  # events; a program that reads bundles wants them in memory


class _Written:
    """The files of a ZIP as they are written, each with its digest."""

    def __init__(self, target: ZipFile, contents: Contents) -> None:
        self.files: dict[str, str] = {}
        self._zip = target
        self._when = contents.view.at.timetuple()[:6]

    def add(self, name: str, chunks: Iterable[str]) -> None:
        info = ZipInfo(name, self._when)
        info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
        digest = sha256()
        with self._zip.open(info, "w") as file:
            for chunk in chunks:
                data = chunk.encode()
                digest.update(data)
                file.write(data)
        self.files[name] = digest.hexdigest()


def archive(contents: Contents, write: Callable[[Contents], str]) -> bytes:
    """``write`` makes the page that people read."""
    out = BytesIO()
    with ZipFile(out, "w") as target:
        written = _Written(target, contents)
        written.add("index.html", [write(contents)])
        counts = {table.name: _table(written, table) for table in tables(contents)}
        _fhir(written, contents)
        for digest, text in contents.texts.items():
            written.add(f"texts/{digest}.txt", [text])
        about = _manifest(contents) | {
            "rows": counts,
            "changes_without_receipt": [str(id) for id in _receipts(written, contents)],
            "entries_without_proof": [str(id) for id in _proofs(written, contents)],
        }
        written.add("manifest.json", [_json(about | {"files_sha256": written.files})])
    return out.getvalue()


def _table(written: _Written, table: Table) -> int:
    """Twice the same rows: everything is read as of one moment."""
    written.add(f"csv/{table.name}.csv", csv_table.lines(table.columns, table.rows()))
    rows = 0

    def chunks() -> Iterator[str]:
        nonlocal rows
        for row in table.rows():
            yield ("[\n" if rows == 0 else ",\n") + json.dumps(row, ensure_ascii=False)
            rows += 1
        yield "\n]\n" if rows else "[]\n"

    written.add(f"json/{table.name}.json", chunks())
    return rows


def _fhir(written: _Written, contents: Contents) -> None:
    view, person = contents.view, patient_resource(contents.patient)
    consents = [consent_resource(kept, view) for kept in contents.kept]
    written.add("fhir/Consent.json", [_json(collection([person, *consents], at=view.at))])
    _bundles(written, "AuditEvent", _events(contents), contents)
    _bundles(written, "Provenance", _provenances(contents), contents)


def _bundles(
    written: _Written, name: str, resources: Iterator[Resource], contents: Contents
) -> None:
    """So many to a file."""
    view, person = contents.view, patient_resource(contents.patient)
    for number in count(1):
        some = list(islice(resources, _IN_A_BUNDLE))
        if not some:
            return
        bundle = collection([person, *some], at=view.at)
        written.add(f"fhir/{name}-{number:04}.json", [_json(bundle)])


def _events(contents: Contents) -> Iterator[Resource]:
    for page in contents.accesses():
        for access in page:
            kept = contents.by_consent[access.consent_id]
            yield access_event(access, kept, contents.servers, contents.view)
    for change, kept in contents.changes():
        yield change_event(change, kept, contents.view)


def _provenances(contents: Contents) -> Iterator[Resource]:
    for change, kept, receipt in contents.receipts():
        if receipt is not None:
            yield provenance(change, kept, receipt, contents.view)


def _receipts(written: _Written, contents: Contents) -> Iterator[UUID]:
    """Write each; what comes back are the changes that have none."""
    for change, _, receipt in contents.receipts():
        if receipt is None:
            yield change.id
        else:
            written.add(f"receipts/{change.id}.json", [_json(receipt.document)])


def _proofs(written: _Written, contents: Contents) -> Iterator[UUID]:
    """Write each; what comes back are the entries that have none."""
    for event, proof in contents.proofs():
        if proof is None:
            yield event
        else:
            written.add(f"proofs/{event}.tlog-proof", [proof])


def _manifest(contents: Contents) -> dict[str, Any]:
    return {
        "made_by": contents.view.issuer,
        "made_at": moment(contents.view.at),
        "about": contents.patient.name,
        "taken_by": contents.export.acting.quality,
        "accesses_in_all": contents.all_accesses,
        "not_in_this_copy": [
            "passwords, and what opens sign-ins and tokens: only digests of them are kept",
            "the health data themselves: they are in the record, the messages and the agenda",
            "names and numbers of other people: who acted is told by quality and mandate",
        ],
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
