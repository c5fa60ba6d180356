"""The public side of the ledger for programs: its files, and what can be proven from them.

c2sp.org/tlog-tiles: whoever follows the log needs ``checkpoint`` and ``tile/`` alone, and the web
server in front may serve both from the directory itself (``config/nginx.conf``). The rest is
convenience: each answer can be computed from the files, so nobody has to believe it.
"""

from base64 import b64encode
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from authz.consent.check_receipt import LARGEST, is_receipt
from authz.ledger.errors import LedgerFault, NotPublished
from authz.ledger.examine import consistency, examine_checkpoints, examine_entry_proof, inclusion
from authz.portal.examine import examine, files

bp = Blueprint("ledger_files", __name__, url_prefix="/ledger")

_IMMUTABLE = "public, max-age=31536000, immutable"  # tlog-tiles, "APIs"
_TEXT = "text/plain; charset=utf-8"


@bp.after_request
def open_to_other_sites(response: Response) -> Response:
    """Verifiers run anywhere, in other sites' pages too; nothing here is anybody's own."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/checkpoint")
def checkpoint() -> Response:
    return _file((files().checkpoint() or "").encode(), _TEXT, "no-cache")


@bp.get("/key")
def key() -> Response:
    """The log's public keys, to be compared with what was published elsewhere."""
    return _file((files().keys() or "").encode(), _TEXT, "no-cache")


@bp.get("/policy")
def policy() -> Response:
    """Keys, witnesses and quorum (c2sp.org/tlog-policy): a proposal, to be compared likewise."""
    return _file((files().policy() or "").encode(), _TEXT, "no-cache")


@bp.get("/tile/<path:name>")
def tile(name: str) -> Response:
    return _file(files().served(f"tile/{name}"), "application/octet-stream", _IMMUTABLE)


@bp.get("/proof/inclusion")
def inclusion_proof() -> Response:
    """RFC 6962 §2.1.1, for ``index`` in the tree of ``size`` entries."""
    return _proof(lambda: inclusion(files(), _number("index"), _number("size")))


@bp.get("/proof/consistency")
def consistency_proof() -> Response:
    """RFC 6962 §2.1.2, between the trees of ``from`` and ``to`` entries."""
    return _proof(lambda: consistency(files(), _number("from"), _number("to")))


@bp.post("/verify/receipt")
def verify_receipt() -> Response:
    """The body is a receipt of a consent or a ``.tlog-proof``.

    What either says is the caller's already, so it is shown.
    """

    def told() -> dict[str, object]:
        text = text_of(request.get_data())
        if is_receipt(text):
            proven = examine(text)
            note = proven.checkpoint.note
            return {"index": proven.index, "receipt": proven.claims, "checkpoint": note}
        proof = examine_entry_proof(text, files())
        return {
            "index": proof.index,
            "event": proof.opening.document,
            "checkpoint": proof.checkpoint.note,
        }

    return _verdict(told)


@bp.post("/verify/consistency")
def verify_consistency() -> Response:
    """The body is two checkpoints of this log, the older first, with an empty line between."""

    def told() -> dict[str, object]:
        older, newer = _two_notes(text_of(request.get_data()))
        return {"proof": _base64(examine_checkpoints(older, newer, files()))}

    return _verdict(told)


def _file(data: bytes | None, media_type: str, kept: str) -> Response:
    if not data:
        return Response("not found\n", 404, content_type=_TEXT)
    return Response(data, content_type=media_type, headers={"Cache-Control": kept})


class NotWhatIsAsked(LedgerFault):
    """A parameter or a body is missing, too large, or of another form."""

    check = "form"


def _number(name: str) -> int:
    value = request.args.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise NotWhatIsAsked(f"{name} is a plain number")
    return int(value)


def text_of(data: bytes) -> str:
    """What was sent as a text, whichever way its lines end. Raises ``LedgerFault``."""
    if len(data) > LARGEST:
        raise NotWhatIsAsked(f"more than {LARGEST} bytes")
    try:
        return data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotWhatIsAsked("not a text in UTF-8") from error


def _two_notes(text: str) -> tuple[str, str]:
    """A checkpoint has one empty line, before its signatures: two have three."""
    parts = text.split("\n\n")
    if len(parts) != 4:
        raise NotWhatIsAsked("two checkpoints are asked for, with an empty line between them")
    return f"{parts[0]}\n\n{parts[1]}\n", f"{parts[2]}\n\n{parts[3]}"


def _proof(make: Callable[[], list[bytes]]) -> Response:
    try:
        return jsonify(proof=_base64(make()))
    except NotPublished as error:
        return _refusal(error, 404)
    except LedgerFault as error:
        return _refusal(error, 400)


def _verdict(told: Callable[[], dict[str, object]]) -> Response:
    try:
        return jsonify(verified=True, **told())
    except LedgerFault as error:
        return _refusal(error, 422)


def _refusal(error: LedgerFault, status: int) -> Response:
    """Which check failed, and why: our own words, and never what was sent."""
    response = jsonify(verified=False, check=error.check, reason=str(error))
    response.status_code = status
    return response


def _base64(hashes: list[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]
