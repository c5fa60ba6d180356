"""Refusals: what we say no to, on purpose.

A refusal has two audiences. ``code`` and ``public`` go to the caller and never hold anything the
caller sent; ``detail`` goes to the log. The edge decides how to render one: OAuth JSON, a bearer
challenge or a page. Any other exception is a fault of ours.
"""

from typing import ClassVar


class Refusal(Exception):
    """A request that is understood and not granted."""

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    public: ClassVar[str] = "The request cannot be accepted."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.public)
        self.detail = detail

    @property
    def said(self) -> str:
        """What the caller reads: ``public``, and perhaps which part of the request is meant."""
        return self.public


class Unavailable(Refusal):
    """Something we depend on does not answer. Never an excuse to say yes."""

    code = "temporarily_unavailable"
    status = 503
    public = "The service is temporarily unavailable. Try again shortly."
