"""A project file: the inputs and settings of a run, so that it can be repeated by one word."""

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from resolver.errors import UsageError
from resolver.sources.adapter import Setting

PROJECT_FILE = "resolver.toml"


class Project(BaseModel):
    """What `resolver.toml` may say. Paths are relative to the file."""

    model_config = ConfigDict(extra="forbid")

    inputs: list[str] = []
    out: Path | None = None
    rules: Path | None = None
    map: dict[str, str] = {}
    id_column: str | None = None
    source_column: str | None = None
    source: str | None = None
    tenant: str | None = None
    region: str | None = None
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    clean: list[str] = []
    judgements: Path | None = None
    model: Path | None = None
    target_precision: float | None = None
    systems: dict[str, Setting] = {}
    tenants: dict[str, str] = {}


def load_project(path: Path) -> Project:
    """Reads a project file; raises UsageError naming the file and what is wrong with it."""
    try:
        project = Project.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Project.model_fields)
        raise UsageError(f"{path}: {name}: {first['msg']}; it may say {known}") from error
    here = path.parent
    return project.model_copy(
        update={
            "inputs": [_beside(here, text) for text in project.inputs],
            "out": _under(here, project.out) if project.out else None,
            "rules": _under(here, project.rules) if project.rules else None,
            "judgements": _under(here, project.judgements) if project.judgements else None,
            "model": _under(here, project.model) if project.model else None,
        }
    )


def _beside(here: Path, text: str) -> str:
    """`NAME=path` or `path`, with the path taken from the project file's folder."""
    name, equals, path = text.rpartition("=")
    return f"{name}{equals}{_under(here, Path(path))}"


def _under(here: Path, path: Path) -> Path:
    """The path as seen from where the command runs, without detours."""
    return Path(os.path.normpath(here / path))
