"""Check an extract: with the log's public key, and no server; with the second key, every line.

Needs ``cryptography`` and ``rfc8785``. Without the second key it is proven that these entries are
in the signed log and that the files are as they were made; what the lines say is then the word of
whoever made them, and the log holds the digest of that word (``audit:opened``).
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from authz.keys.reader import ReaderKey
from authz.keys.seal import SealBroken
from authz.ledger.checkpoint import Checkpoint, open_checkpoint
from authz.ledger.entry import (
    NONCE_SIZE,
    canonical,
    link_to,
    open_private,
    payload_of,
    private_entry,
    public_entry,
)
from authz.ledger.errors import LedgerFault
from authz.ledger.extract import (
    CHECKPOINT,
    EVENTS,
    FORM,
    MANIFEST,
    SEALED,
    TABLE,
    Line,
    Pseudonyms,
    about,
    counts_of,
    table_of,
    told,
)
from authz.ledger.note import Verifier
from authz.ledger.proof import check_inclusion
from authz.ledger.report import Finding, Report
from authz.ledger.tree import leaf_hash

_FILE = re.compile(
    r"checkpoint|events\.json|events\.csv|openings\.sealed|(?:texts/[0-9a-f]{64}\.txt)"
    r"|(?:sheets/[0-9a-f]{64}\.json)"
)
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


def check_extract(
    directory: Path,
    verifier: Verifier,
    *,
    second: ReaderKey | None = None,
    sha256_in_log: str | None = None,
) -> Report:
    """What is wrong with an extract, and where; nothing is believed that was not computed.

    ``sha256_in_log`` is what the entry ``audit:opened`` says of the extract.
    """
    report = Report(verifier.name)
    try:
        for finding in _Check(report, directory, verifier, second).findings(sha256_in_log):
            report.findings.append(finding)
    except (LedgerFault, SealBroken) as error:
        report.findings.append(Finding(str(error)))
    except OSError as error:
        report.findings.append(Finding(f"{error.filename}: {error.strerror}"))
    except _MALFORMED:
        report.findings.append(Finding("not in the form of an extract"))
    return report


class _Check:
    def __init__(
        self, report: Report, directory: Path, verifier: Verifier, second: ReaderKey | None
    ) -> None:
        self._report, self._directory, self._second = report, directory, second
        self._manifest_bytes = (directory / MANIFEST).read_bytes()
        self._manifest: dict[str, Any] = json.loads(self._manifest_bytes)
        self._lines: list[Line] = json.loads((directory / EVENTS).read_bytes())
        note = (directory / CHECKPOINT).read_bytes().decode()
        self._head = open_checkpoint(note, verifier)

    def findings(self, sha256_in_log: str | None) -> Iterator[Finding]:
        digest = sha256(self._manifest_bytes).hexdigest()
        self._report.size = self._head.size
        self._report.notes.append(f"the extract: sha256 {digest}")
        if self._manifest["form"] != FORM:
            yield Finding(f"{MANIFEST}: not an extract that this release reads")
            return
        if sha256_in_log not in {None, digest}:
            yield Finding(f"{MANIFEST}: not the extract that the log tells of")
        yield from self._wrong_files()
        yield from self._wrong_counts()
        yield from self._wrong_places()
        yield from self._missing_papers()
        yield from self._wrong_openings()

    def _wrong_files(self) -> Iterator[Finding]:
        """What is not as the manifest says, and what it does not name."""
        named: dict[str, str] = self._manifest["files"]
        for name, digest in named.items():
            path = self._directory / name
            if not _FILE.fullmatch(name):
                yield Finding(f"{name!r} is no name of a file of an extract")
            elif not path.is_file():
                yield Finding(f"{name}: missing")
            elif sha256(path.read_bytes()).hexdigest() != digest:
                yield Finding(f"{name}: changed since the extract was made")
            elif "/" in name and path.stem != sha256(path.read_bytes()).hexdigest():
                yield Finding(f"{name}: its content has another digest than its name")
        present = {p.relative_to(self._directory).as_posix() for p in _files(self._directory)}
        for name in sorted(present - named.keys() - {MANIFEST}):
            yield Finding(f"{name}: does not belong to the extract")

    def _wrong_counts(self) -> Iterator[Finding]:
        counts, head = self._manifest["counts"], self._head
        log = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
        if self._manifest["log"] != log:
            yield Finding(f"{MANIFEST}: speaks of another checkpoint than the one beside it")
        for name, number in counts_of(self._lines).items():
            if counts[name] != number:
                yield Finding(f"counts: {name} is {number}, the extract says {counts[name]}")
        parts = (len(self._lines), counts["of_others"], len(counts["closed"]))
        if counts["in_period"] != sum(parts):
            yield Finding(f"counts: {sum(parts)} entries are told of, not {counts['in_period']}")
        if (self._directory / TABLE).read_bytes() != table_of(self._lines):
            yield Finding(f"{TABLE}: does not say what {EVENTS} says")
        self._note_counts(counts)

    def _note_counts(self, counts: dict[str, Any]) -> None:
        order, notes = self._manifest["order"], self._report.notes
        notes.append(f"{order['service']}, {order['since']} to {order['until']}")
        notes += [f"{type_}: {number}" for type_, number in counts["by_type"].items()]
        notes.append(
            f"in that period: {counts['in_period']} entries, of which {counts['listed']} are "
            f"listed, {counts['of_others']} are about something else, "
            f"{len(counts['closed'])} of erased persons"
        )
        if late := counts["not_yet_in_the_checkpoint"]:
            notes.append(f"not yet in the checkpoint when the extract was made: {late}")

    def _wrong_places(self) -> Iterator[Finding]:
        """Each line stands where it says, under the signed root; public ones open themselves."""
        last = -1
        for one in self._lines:
            number = one["number"]
            if number <= last:
                yield Finding("is listed twice, or out of order", number)
            last = number
            yield from _wrong_place(one, self._head)

    def _missing_papers(self) -> Iterator[Finding]:
        """Every text and sheet that a line names is there, or sealed and said to be."""
        named = set(self._manifest["files"])
        sealed = {f"texts/{digest}.txt" for digest in self._manifest["sealed_texts"]}
        for one in self._lines:
            for paper in _papers(one):
                if paper not in named | sealed:
                    yield Finding(f"{paper}: its text is not in the extract", one["number"])

    def _wrong_openings(self) -> Iterator[Finding]:
        if self._second is None:
            said = "without the second key: what the lines say was not held against their entries"
            self._report.notes.append(said)
            return
        sealed = (self._directory / SEALED).read_bytes()
        inside = json.loads(self._second.unseal(sealed, about(self._manifest["id"])))
        pseudonyms = Pseudonyms(b64decode(inside["pseudonyms"]))
        openings: dict[str, dict[str, str]] = inside["openings"]
        private = [one for one in self._lines if "event" not in one]
        if openings.keys() != {str(one["number"]) for one in private}:
            yield Finding(f"{SEALED}: does not open the entries that are listed")
        heads: dict[str, tuple[int, str]] = {}
        for one in private:
            yield from _wrong_opening(one, openings.get(str(one["number"])), pseudonyms, heads)
        for digest in self._manifest["sealed_texts"]:
            if sha256(inside["texts"].get(digest, "").encode()).hexdigest() != digest:
                yield Finding(f"{SEALED}: the text {digest} is missing or another")
        self._report.notes.append(f"opened with the second key: {len(openings)} entries")


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if not path.is_dir())


def _wrong_place(one: Line, head: Checkpoint) -> Iterator[Finding]:
    leaf = bytes.fromhex(one["leaf"])
    if "event" in one:
        document = one["event"]
        entry = public_entry(canonical(document))
        if leaf != leaf_hash(entry) or _said(one) != told(document, Pseudonyms(b"")):
            yield Finding("the entry does not say this", one["number"])
    path = [b64decode(sibling, validate=True) for sibling in one["proof"]]
    try:
        check_inclusion(leaf, one["number"], head.size, path, head.root)
    except LedgerFault as error:
        yield Finding(str(error), one["number"])


def _said(one: Line) -> Line:
    return {name: value for name, value in one.items() if name not in {"number", "leaf", "proof"}}


def _papers(one: Line) -> Iterator[str]:
    facts = one["event"]["facts"] if "event" in one else one["facts"]
    if text := facts.get("text_sha256"):
        yield f"texts/{text}.txt"
    if sheet := facts.get("sheet_sha256"):
        yield f"sheets/{sheet}.json"
    if one["type"] == "sheet:published":
        yield f"sheets/{facts['sha256']}.json"


def _wrong_opening(
    one: Line,
    opening: dict[str, str] | None,
    pseudonyms: Pseudonyms,
    heads: dict[str, tuple[int, str]],
) -> Iterator[Finding]:
    if opening is None:
        return
    event, nonce = opening["event"].encode(), b64decode(opening["nonce"], validate=True)
    entry = private_entry(event, nonce)
    if len(nonce) != NONCE_SIZE or leaf_hash(entry).hex() != one["leaf"]:
        yield Finding("what is sealed for it does not open it", one["number"])
        return
    document = open_private(entry, payload_of(event, nonce)).document
    if _said(one) != told(document, pseudonyms):
        yield Finding("the line does not say what its entry says", one["number"])
    before = heads.get(document["stream"])
    if before is not None and (document["version"], document["prev"]) != before:
        yield Finding("an entry of the same consent before it is missing", one["number"])
    heads[document["stream"]] = document["version"] + 1, link_to(entry)
