"""Callers come at the same moment here."""

from tests.together import roomy_pool, threads, together  # noqa: F401 - fixtures
