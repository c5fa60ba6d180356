"""Why a demonstration does not start, in one line."""


class CannotStart(Exception):
    """The message is for the person at the terminal."""
