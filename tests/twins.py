"""Plain functions of few values, and their twins for whole columns: how a test has the one or the other do the work."""

import sys

from rules.values import distinct

ROOTS = ("rules", "resolver")


def by_columns(monkeypatch):
    """From now on nothing counts as few, so that the operations on columns do all the work."""
    few = distinct.FEW
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] in ROOTS and getattr(module, "FEW", None) is few:
            monkeypatch.setattr(module, "FEW", 0)
