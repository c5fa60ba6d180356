"""Pages are walked through by a visitor."""

import pytest
from flask import Flask

from tests.pages import Visitor


@pytest.fixture
def http(app: Flask) -> Visitor:
    return Visitor(app, app.response_class)
