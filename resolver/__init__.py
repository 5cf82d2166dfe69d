"""HOW contacts are resolved into entities with golden records.

The public face is small: `dedupe`, `link`, `Reading`, `Result`, `Ruleset`. They are loaded when first asked for, so
that `resolver --help` does not wait for the libraries behind them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resolver.result import Result
    from resolver.run import dedupe, link
    from resolver.sources.tabular import Reading
    from rules.ruleset import Ruleset

__all__ = ["Reading", "Result", "Ruleset", "dedupe", "link"]

_HOMES = {
    "dedupe": "resolver.run",
    "link": "resolver.run",
    "Reading": "resolver.sources.tabular",
    "Result": "resolver.result",
    "Ruleset": "rules.ruleset",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'resolver' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
