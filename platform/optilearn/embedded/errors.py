"""Errors of embedded services, described for the person at the terminal."""


class EmbeddedError(Exception):
    """The embedded services can't be started, or not as this user; the message says what to do."""
