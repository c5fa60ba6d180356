"""What every answer shares is looked at through a visitor."""

import json
import logging

import pytest
from flask import Flask

from authz.web.logs import JsonLines
from tests.pages import Visitor


@pytest.fixture
def http(app: Flask) -> Visitor:
    return Visitor(app, app.response_class)


@pytest.fixture
def log(caplog):
    """The lines that were written, as they leave the process."""
    caplog.set_level(logging.INFO, logger="authz")

    def lines():
        return [json.loads(JsonLines().format(record)) for record in caplog.records]

    return lines
