"""The acceptance scenarios borrow the fixtures of the rooms."""

from tests.ledger.conftest import ledger  # noqa: F401 - a fixture
