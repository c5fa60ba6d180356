"""A password is asked for on a page: how guessing is held back, and what the page then says."""

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from authz.clock import now
from authz.identity.errors import TooManyFailures
from authz.identity.passwords import Cost
from authz.identity.sign_in import Policy, prove
from authz.web.current import network, settings
from authz.web.session import signed_in
from authz.web.texts import ngettext


def policy() -> Policy:
    knobs = settings().sign_in
    return Policy(
        cost=Cost(knobs.argon2_memory, knobs.argon2_time, knobs.argon2_parallelism),
        free_failures=knobs.failures_before_delay,
        longest_delay=timedelta(seconds=knobs.longest_delay),
        lifetime=timedelta(seconds=settings().lifetimes.session),
    )


def ask_again() -> None:
    """The password once more: whoever finds an open browser does nothing that is hard to undo.

    Raises ``SignInRefused`` or ``TooManyFailures``.
    """
    prove(
        signed_in().account,
        request.form.get("password", ""),
        network=network(),
        at=now(),
        policy=policy(),
    )


def too_often(page: Response, refusal: TooManyFailures) -> Response:
    """The page says it in whole minutes (``wait_words``); the exact second is in Retry-After."""
    page.headers["Retry-After"] = str(_seconds_to_wait(refusal))
    return page


def _seconds_to_wait(refusal: TooManyFailures) -> int:
    return max(1, int((refusal.retry_at - now()).total_seconds()) + 1)


def wait_words(refusal: TooManyFailures) -> str:
    """In whole minutes."""
    return ngettext(
        "Too many attempts. Try again in %(num)d minute.",
        "Too many attempts. Try again in %(num)d minutes.",
        -(-_seconds_to_wait(refusal) // 60),
    )
