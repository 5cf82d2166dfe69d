"""What can go wrong, as facts. Every error a user can cause derives from ResolverError."""

from pathlib import Path

from rules.ruleset import RulesError

__all__ = ["InputError", "NothingUsableError", "ResolverError", "RulesError", "UsageError"]


class ResolverError(Exception):
    """The base of all errors that the engine raises on purpose; its text is one line that says what to do."""


class InputError(ResolverError):
    """A file that cannot be read at all."""

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path, self.reason = str(path), reason
        super().__init__(f"{path}: {reason}")


class UsageError(ResolverError):
    """The caller asked for something that does not fit together."""


class NothingUsableError(ResolverError):
    """Every input was read and not one record came of it."""
