"""Signing keys and everything that touches a cryptographic library."""
