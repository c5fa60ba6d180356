"""A log of one's own, to prove consents in."""

from tests.ledger.conftest import ledger  # noqa: F401 - a fixture
