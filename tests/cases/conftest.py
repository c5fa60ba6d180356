"""Cases are opened by somebody at a browser."""

from tests.portal.conftest import camille, hospital, http

__all__ = ["camille", "hospital", "http"]
