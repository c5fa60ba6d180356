"""What cannot be sent, and never will be."""


class GivenUp(Exception):
    """The time in which a message was worth sending is over."""
