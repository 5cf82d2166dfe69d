"""What operate.md says of settings, metrics and logs, from the code that reads and counts."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api.metrics import Metrics
from api.settings import PREFIX, Settings
from benchmarks.quality.page import table
from resolver.store.opening import opened

MEANINGS: Final = {
    "db": "the store: a file, or `postgresql://user@host/name`",
    "host": "where to listen; others than this machine only reach the server when it is told so",
    "port": "the port; 0 takes a free one",
    "workers": "processes that share the work",
    "jwt_secret": "lets in tokens signed with HS256 by this secret of 32 bytes or more",
    "jwt_public_key_file": "lets in tokens signed with RS256; a PEM file with the public key",
    "jwt_issuer": "the `iss` that a token must have",
    "jwt_audience": "the `aud` that a token must have",
    "body_bytes": "the largest body",
    "batch_bytes": "the largest body of a batch of lines",
    "json_depth": "levels of nesting that a body may have",
    "request_seconds": "till an answer begins",
    "batch_seconds": "till the answer to a batch begins",
    "whole_seconds": "the same where all contacts are resolved anew: other rules, tried or put in force",
    "requests_per_second": "of one caller, in each worker",
    "burst": "requests of one caller that may come at once",
    "in_work": "requests that a worker takes in at a time",
    "threads": "requests that a worker works on at a time; they share its connections to the database",
    "webhooks_allow_private": "lets webhooks be sent to addresses of private networks",
    "reconcile_origins": "pages that may call `/reconcile` from a browser, separated by spaces",
}

CREATED: Final = "_created"
"""What the names of those end with that tell when a counter began."""


def parts() -> Mapping[str, str]:
    """The generated parts of operate.md."""
    return {"settings": _settings(), "metrics": _metrics()}


def _settings() -> str:
    rows = [
        (f"`{name}`", f"`{PREFIX}{name.upper()}`", _default(field), MEANINGS[name])
        for name, field in Settings.model_fields.items()
    ]
    return table(("in the file", "in the environment", "if not set", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return "a secret that is not set" if SecretStr in getattr(field.annotation, "__args__", ()) else "not set"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _metrics() -> str:
    with TemporaryDirectory() as folder:
        database = opened(str(Path(folder) / "contacts.db"), make=True)
        told = Metrics(database).told().decode()
        database.close()
    rows = [
        (f"`{family.name}{'_total' if family.type == 'counter' else ''}`", family.type, family.documentation)
        for family in text_string_to_metric_families(told)
        if not family.name.endswith(CREATED)
    ]
    return table(("metric", "kind", "meaning"), rows)
