"""Loads and validates a rule set."""


class RulesError(Exception):
    """A rule set that cannot be used; says where and why in one line."""
