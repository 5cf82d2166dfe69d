"""Trained models that a run uses in place of estimating its own.

A file holds one model a tenant, as a run's own `model.json` does, because tenants never meet: what one tenant's records
and labels taught says nothing to another. A model keeps all it learned (weights, how common matches are, corrections
from labels); how often values occur is measured on the records at hand.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from resolver.errors import InputError, UsageError
from resolver.model.layout import kind
from resolver.model.model import Model
from rules.ruleset import Ruleset, levels_of

FAR = 3.0
"""Times as many records, or as few: two records at random are then that much less or more likely one person, and every
score is off by a bit and a half."""


def read_models(path: Path) -> dict[str, Model]:
    """The models in a file by tenant, "" for records without one. Raises InputError when it is no model file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {tenant: Model.from_json(model) for tenant, model in data.items()}
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(path, "is not a model; make one with: resolver train FILE... --labels FILE") from error


def write_models(models: Mapping[str, Model], path: Path) -> None:
    """Writes models so that `read_models` gives them back to the bit."""
    path.write_text(json.dumps({tenant: model.as_json() for tenant, model in models.items()}), encoding="utf-8")


def models_for(models: Mapping[str, Model], tenants: Sequence[str], ruleset: Ruleset) -> dict[str, Model]:
    """The model of each tenant; no tenant has one where none was given.

    Raises UsageError for a tenant without a model of its own, and for a model whose levels the rules do not give.
    """
    if not models:
        return {}
    for tenant in tenants:
        if tenant not in models:
            there = ", ".join(repr(name) for name in sorted(models) if name) or "records without a tenant"
            who = f"tenant {tenant!r}" if tenant else "records without a tenant"
            raise UsageError(f"the model was trained for {there}, not for {who}; tenants never share a model")
        _must_fit(models[tenant], ruleset)
    return {tenant: models[tenant] for tenant in tenants}


def _must_fit(model: Model, ruleset: Ruleset) -> None:
    for name, levels in model.layout.levels.items():
        comparison = ruleset.compare.get(kind(name))
        if comparison is None or levels != levels_of(kind(name), comparison):
            raise UsageError(f"the model was trained under other rules ({name} differs); train it again under these")


def misfits(model: Model, columns: Iterable[str], records: int) -> list[str]:
    """What the person who chose the model should know: fields that only the model or only the records have, and
    whether there are so many more or fewer records that duplicates cannot be as common as it takes them to be."""
    here, known = dict.fromkeys(columns), model.layout.levels
    new, gone = [name for name in here if name not in known], [name for name in known if name not in here]
    told = []
    if new:
        told.append(f"not compared, as the model does not know them: {', '.join(new)}; train it again to use them")
    if gone:
        told.append(f"the model knows fields that these records do not have: {', '.join(gone)}; they say nothing here")
    trained = model.taught.records if model.taught else records
    if not records / FAR <= trained <= records * FAR:
        told.append(
            f"the model was trained on {trained:,} records and these are {records:,}; in more records it joins too "
            "much, in fewer too little: train it on these"
        )
    return told
