"""What can go wrong, as facts. Every error a user can cause derives from ResolverError."""

from pathlib import Path

from rules.ruleset import RulesError

__all__ = [
    "ConflictError",
    "GoneError",
    "InputError",
    "NeedsSecondError",
    "NothingUsableError",
    "ResolverError",
    "ReusedError",
    "RulesError",
    "StaleError",
    "TooLittleError",
    "UnknownError",
    "UsageError",
    "VersionError",
]


class ResolverError(Exception):
    """The base of all errors that the engine raises on purpose; its text is one line that says what to do."""


class InputError(ResolverError):
    """A file that cannot be read at all."""

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path, self.reason = str(path), reason
        super().__init__(f"{path}: {reason}")


class UsageError(ResolverError):
    """The caller asked for something that does not fit together."""


class UnknownError(UsageError):
    """There is no such record, entity or case, and there never was."""


class GoneError(UsageError):
    """It was there once, and was forgotten or deleted."""


class StaleError(UsageError):
    """It has changed since the caller last saw it."""


class VersionError(StaleError):
    """The record is not in the state in which the caller expects it."""


class ConflictError(UsageError):
    """It contradicts what somebody said, or what somebody else is doing."""


class NeedsSecondError(UsageError):
    """Two stewards have to say so, by rule; one alone may not."""


class TooLittleError(UsageError):
    """The contact says too little for anybody to be found by."""


class ReusedError(UsageError):
    """The key of a question was used for another question before."""


class NothingUsableError(ResolverError):
    """Every input was read and not one record came of it."""
