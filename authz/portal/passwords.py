"""A password is asked for on a page: how guessing is held back, and what the page then says."""

from datetime import timedelta

from authz.clock import now
from authz.identity.errors import TooManyFailures
from authz.identity.passwords import Cost
from authz.identity.sign_in import Policy
from authz.web.current import settings
from authz.web.texts import ngettext


def policy() -> Policy:
    knobs = settings().sign_in
    return Policy(
        cost=Cost(knobs.argon2_memory, knobs.argon2_time, knobs.argon2_parallelism),
        free_failures=knobs.failures_before_delay,
        longest_delay=timedelta(seconds=knobs.longest_delay),
        lifetime=timedelta(seconds=settings().lifetimes.session),
    )


def seconds_to_wait(refusal: TooManyFailures) -> int:
    return max(1, int((refusal.retry_at - now()).total_seconds()) + 1)


def wait_words(seconds: int) -> str:
    """In whole minutes."""
    return ngettext(
        "Too many attempts. Try again in %(num)d minute.",
        "Too many attempts. Try again in %(num)d minutes.",
        -(-seconds // 60),
    )
