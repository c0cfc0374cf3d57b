"""The errors of this package."""

from __future__ import annotations

from typing import Optional


class LoggingError(Exception):
    """A record was not taken: what is wrong, where, and what to do next.

    ``code`` tells what sort of error it is: ``invalid`` (the record is not allowed), ``too_large``, ``full``
    (the spool has reached its bound), ``storage`` (the spool cannot be written), ``unsupported``, ``config``.
    ``path`` is a JSON pointer (RFC 6901) to the value at fault, such as ``/parameters/since``, or ``""``.
    """

    def __init__(self, message: str, *, code: str = "invalid", path: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.path}: {self.message}" if self.path else self.message
        return f"{text} ({self.hint})" if self.hint else text

    def __reduce__(self) -> tuple:
        return _rebuilt, (type(self), self.message, self.code, self.path, self.hint)

    def under(self, path: str) -> "LoggingError":
        """The same error with a path before its own."""
        return type(self)(self.message, code=self.code, path=path + self.path, hint=self.hint)


class InvalidRecordError(LoggingError, ValueError):
    """A record that the ledger would refuse: an unknown kind, a missing field, a value that is not the column's."""


class SpoolFullError(LoggingError):
    """The spool holds as many bytes as it may. Nothing was written, and nothing that was written is lost."""


def _rebuilt(error: type, message: str, code: str, path: str, hint: Optional[str]) -> LoggingError:
    """Makes an error again on the other side of a pickle, as multiprocessing sends it."""
    return error(message, code=code, path=path, hint=hint or "")


def pointer(name: object) -> str:
    """One step of a JSON pointer, with ``~`` and ``/`` escaped."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")
