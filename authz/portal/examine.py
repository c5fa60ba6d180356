"""A receipt of a consent, held against our keys and against the log as it is published today."""

from authz.consent.check_receipt import Proven, Signed, check_signature
from authz.keys.signing import CONSENT_RECEIPT, jwks
from authz.ledger.errors import NotPublished, PlaceUnknown, ReceiptOfOthers
from authz.ledger.examine import examine_place, place_today
from authz.ledger.files import LogFiles
from authz.ledger.place import Place, read_place
from authz.ledger.queries import number_of
from authz.web.current import settings


def files() -> LogFiles:
    return LogFiles(settings().ledger.directory)


def examine(text: str) -> Proven:
    """Raises ``LedgerFault``.

    One without a proof is looked for: the database names a number, and what stands there is proven
    from the files.
    """
    signed = check_signature(text, jwks(CONSENT_RECEIPT)["keys"])
    if (signed.claims["iss"], signed.origin) != (settings().issuer, settings().ledger.origin):
        raise ReceiptOfOthers("it is of another server, or in another log")
    place = read_place(signed.proof) if signed.proof else _place(signed)
    return Proven(signed.claims, place.index, examine_place(place, signed.leaf, files()))


def _place(signed: Signed) -> Place:
    index = number_of(signed.event)
    try:
        if index is not None:
            return place_today(index, files())
    except NotPublished as error:
        raise PlaceUnknown("no published checkpoint covers it yet") from error
    raise PlaceUnknown("its entry has no place in the log yet")
