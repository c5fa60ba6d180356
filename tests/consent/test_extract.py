"""Whoever makes an extract cannot withhold an event of a consent between two that it shows."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from authz.clock import day_of
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.extract import Order, extract
from authz.consent.withdraw import withdraw
from authz.db import transaction
from authz.keys.reader import Reader, ReaderKey
from authz.ledger.check_extract import check_extract
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.ledger.conftest import ledger  # noqa: F401 - a fixture


class Selective(Order):
    """An operator who would rather not show that something was taken back."""

    def covers(self, document):
        return super().covers(document) and document["type"] != "consent:narrowed"


@pytest.fixture
def decided(make, ledger, at):  # noqa: F811
    """Given, narrowed, withdrawn; published."""
    camille = make.account()
    consent = make.decision(
        camille, make.client("hospital"), READ_DOCUMENTS, READ_MEASUREMENTS
    ).consent
    narrower = Wish(frozenset({READ_DOCUMENTS}), None, consent.revision)
    with transaction():
        change(consent.id, narrower, by=By(camille), durations=(30,), longest=365, at=at)
    with transaction():
        withdraw(consent.id, by=By(camille), at=at)
    ledger.integrate()
    ledger.publish()


@pytest.mark.parametrize(
    ("kind", "found"),
    [(Order, []), (Selective, ["an entry of the same consent before it is missing"])],
)
def test_a_withheld_event_is_missed(decided, ledger, tmp_path, at, kind, found):  # noqa: F811
    private = X25519PrivateKey.generate()
    today = day_of(at)
    order = kind(None, today - timedelta(1), today, "cnil-7", "nr-1", Reader(private.public_key()))
    with transaction():
        files = extract(order, origin=ledger.signer.name, at=at)
    write(files, tmp_path / "extract")

    report = check_extract(tmp_path / "extract", ledger.signer.verifier, second=ReaderKey(private))

    assert [finding.text for finding in report.findings] == found


def write(files: dict[str, bytes], directory: Path) -> None:
    for name, data in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)
