"""An extract for a regulator: what happened in a period, and nobody's name.

Two parts. The open one tells each event under pseudonyms that are made for this extract alone, with
its number, its leaf hash and the proof that it is in the log. The sealed one, for the holder of a
second key, is what opens these entries. A line follows from its event and the pseudonyms' key, so
with the second key every line is computed anew. Pure functions.
"""

import csv
import hmac
import io
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from authz.ledger.entry import Document
from authz.ledger.tree import leaf_hash

FORM = "authz-extract/v1"
MANIFEST, CHECKPOINT, EVENTS, TABLE, SEALED = (
    "extract.json",
    "checkpoint",
    "events.json",
    "events.csv",
    "openings.sealed",
)
# What may leave without the second key. A fact that is added to an event later stays inside.
KEPT = frozenset(
    {
        "acr",
        "allowed",
        "answers",
        "client",
        "ends_at",
        "language",
        "offline",
        "quality",
        "reason",
        "refused",
        "revision",
        "service",
        "sheet",
        "sheet_sha256",
        "template",
        "text_sha256",
        "tokens_ended",
    }
)
RENAMED = {"consent": "C", "against": "C", "account": "A", "mandate": "M"}
_COLUMNS = ["number", "leaf", "at", "type", "person", "version"]
_FACTS = [*RENAMED, *sorted(KEPT)]

Line = dict[str, Any]


@dataclass(frozen=True)
class Pseudonyms:
    """Names that mean something inside one extract, and nothing beside any other."""

    key: bytes

    def of(self, kind: str, ident: str) -> str:
        digest = hmac.digest(self.key, f"{FORM}:{kind}:{ident}".encode(), sha256)
        return f"{kind}-{digest.hex()[:20]}"


def told(document: Document, pseudonyms: Pseudonyms) -> Line:
    """What the open part says of an event: of a public one, all."""
    said = {"type": document["type"], "at": document["at"], "version": document["version"]}
    if "subject" not in document:
        return said | {"event": dict(document)}
    facts = document["facts"]
    renamed = {
        name: pseudonyms.of(kind, facts[name]) for name, kind in RENAMED.items() if name in facts
    }
    kept = {name: fact for name, fact in facts.items() if name in KEPT}
    before = {"prev": document["prev"]} if "prev" in document else {}
    person = pseudonyms.of("P", document["subject"])
    return said | before | {"person": person, "facts": renamed | kept}


def line(number: int, entry: bytes, path: Iterable[bytes], said: Line) -> Line:
    """The same with its place in the log."""
    proof = [b64encode(sibling).decode() for sibling in path]
    return {"number": number, "leaf": leaf_hash(entry).hex(), **said, "proof": proof}


def counts_of(lines: Iterable[Line]) -> dict[str, Any]:
    """What anybody can count in the lines."""
    lines = list(lines)
    private = [one for one in lines if "person" in one]
    types = Counter(one["type"] for one in lines)
    return {
        "listed": len(lines),
        "by_type": dict(sorted(types.items())),
        "persons": len({one["person"] for one in private}),
        "consents": len({one["facts"].get("consent") for one in private}),
    }


def table_of(lines: Iterable[Line]) -> bytes:
    """The lines for a spreadsheet: one column for each fact, without the proofs."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180 §2
    writer.writerow([*_COLUMNS, *_FACTS])
    for one in lines:
        facts = one.get("facts") or one["event"]["facts"]
        cells = [one.get(name, "") for name in _COLUMNS] + [facts.get(name, "") for name in _FACTS]
        writer.writerow([_cell(value) for value in cells])
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    # A spreadsheet would take such a text for a formula.
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def json_of(content: Mapping[str, Any] | list[Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(data).hexdigest() for name, data in sorted(files.items())}


def about(ident: str) -> bytes:
    """What the sealed part is bound to: it opens beside no other extract."""
    return f"{FORM}:{ident}".encode()
