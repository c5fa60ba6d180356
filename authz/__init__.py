"""Consent and authorization server for health data. Start with ``docs/map.md``."""
