"""Models: the frozen model and rules of a tenant, and those that were."""

import json
import zlib

from sqlalchemy import Connection, bindparam, select, update

from resolver.model.frozen import Frozen
from resolver.model.model import Model
from resolver.model.reference import Reference
from resolver.store.database import plain
from resolver.store.tables import models
from rules.ruleset import Ruleset

_CURRENT = select(models.c.begin).where(models.c.tenant == bindparam("tenant"), models.c.end.is_(None))
"""Made once: whatever is asked asks this first."""


def current(connection: Connection, tenant: str) -> int | None:
    """The commit with which the tenant's present model came; None without one."""
    found = plain(connection, _CURRENT, {"tenant": tenant})
    return found[0][0] if found else None


def read(connection: Connection, tenant: str, begin: int) -> Frozen:
    """The model that came with a commit."""
    row = connection.execute(select(models).where(models.c.tenant == tenant, models.c.begin == begin)).one()
    data = json.loads(zlib.decompress(row.model))
    rules = Ruleset.model_validate(json.loads(row.rules))
    clean = tuple(json.loads(row.clean))
    return Frozen(tenant, rules, Model.from_json(data["model"]), Reference.from_json(data["reference"]), clean)


def write(connection: Connection, commit: int, frozen: Frozen) -> None:
    """Puts a model in place of the present one."""
    present = (models.c.tenant == frozen.tenant, models.c.end.is_(None))
    connection.execute(update(models).where(*present).values(end=commit))
    data = {"model": frozen.model.as_json(), "reference": frozen.reference.as_json()}
    connection.execute(
        models.insert().values(
            begin=commit,
            tenant=frozen.tenant,
            rules=frozen.rules.model_dump_json(),
            model=zlib.compress(json.dumps(data).encode(), 6),
            clean=json.dumps(frozen.clean),
            fingerprint=frozen.fingerprint,
        )
    )
