"""Calls that run at the same moment: real connections, real commits, a session for each thread."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from authz.db import db, transaction
from authz.errors import Refusal

AT_ONCE = 32
Calls = list[Callable[[], Any]]


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


@pytest.fixture
def together(app: Flask, threads: ThreadPoolExecutor) -> Callable[[Calls], list[Any]]:
    """Run the calls at the same moment, each as the edge would: refusals are answers too."""

    def run(calls: Calls) -> list[Any]:
        barrier = Barrier(len(calls))

        def one(call: Callable[[], Any]) -> Any:
            with app.app_context():
                barrier.wait()
                with transaction():
                    try:
                        return call()
                    except Refusal as refusal:
                        return refusal

        answers = list(threads.map(one, calls))
        db.session.rollback()
        return answers

    return run


@pytest.fixture(scope="module")
def roomy_pool(server_app: Flask) -> Iterator[None]:
    """As many connections as callers, for a module only."""
    with server_app.app_context():
        pool: Any = db.engine.pool
        before, pool._max_overflow = pool._max_overflow, AT_ONCE
        yield
        pool._max_overflow = before
