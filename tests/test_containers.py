"""The Dockerfile and the compose file: pinned, without rights, without secrets, and made of what is there.

No Docker runs here: the files are read as Docker would read them, and what they name is looked for.
"""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api import cli
from api.settings import PREFIX, Settings, load

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(?:\.\d+)?-[a-z-]+")
"""An image by its full version."""
SECRET = re.compile(r"(?i)passw|secret|token|_key\b")
PASSWORD = "RESOLVER_DATABASE_PASSWORD"  # noqa: S105 (the name of a variable)


def instructions():
    """The Dockerfile as (word, rest), with continued lines in one."""
    text = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text()))
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def all_of(word):
    return [rest for name, rest in instructions() if name == word]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_every_instruction_is_one_that_docker_knows():
    known = {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}
    assert {word for word, _ in instructions()} == known | {"CMD"}


def test_images_are_pinned_by_their_versions(compose):
    for image in [*(rest.split()[0] for rest in all_of("FROM")), compose["services"]["database"]["image"]]:
        assert PINNED.fullmatch(image), image


def test_both_stages_begin_with_the_same_image():
    assert len({rest.split()[0] for rest in all_of("FROM")}) == 1


def test_what_is_copied_is_there_and_is_not_ignored():
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word for rest in all_of("COPY") if not rest.startswith("--from") for word in rest.split()[:-1]}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_commands_are_whole():
    for rest in all_of("RUN"):
        words = shlex.split(rest)
        assert words[0] not in {"apt-get", "curl"}
        assert words[-1] not in {"&&", "\\"}


def test_it_runs_as_a_user_without_rights_and_looks_after_itself():
    last = [word for word, _ in instructions()][::-1]
    assert last.index("USER") < last.index("FROM")
    assert all_of("USER") == ["10001:10001"]
    (check,) = all_of("HEALTHCHECK")
    assert "/v1/ready" in check
    assert "--timeout" in check


def test_the_command_is_one_of_the_program():
    assert (all_of("ENTRYPOINT"), all_of("CMD")) == (['["resolver"]'], ['["serve"]'])
    assert CliRunner().invoke(cli.app, ["serve", "--help"]).exit_code == 0


def test_settings_are_ones_that_the_server_knows(compose):
    told = dict(pair.split("=", 1) for rest in all_of("ENV") for pair in shlex.split(rest))
    told |= {name: value or "x" for name, value in compose["services"]["api"]["environment"].items()}
    names = {name for name in told if name.startswith(PREFIX)}
    assert names <= {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    image = {name: value for name, value in told.items() if name in names and "JWT" not in name}
    assert load(environment=image).host == "0.0.0.0"  # noqa: S104 (inside the container)


def test_no_secret_is_in_the_files(compose):
    for rest in (*all_of("ENV"), *all_of("LABEL")):
        assert not SECRET.search(rest), rest
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if SECRET.search(name):
                assert value is None or value.startswith(f"${{{PASSWORD}:?"), name


@pytest.mark.parametrize("service", ["api", "database"])
def test_services_have_no_rights_that_they_do_not_need(compose, service):
    told = compose["services"][service]
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in told["security_opt"]
    assert int(told["user"].partition(":")[0]) > 0
    assert {"mem_limit", "pids_limit", "stop_grace_period"} <= told.keys()
    assert any(place.startswith("/tmp:") for place in told["tmpfs"])  # noqa: S108 (inside the container)


def test_only_this_machine_reaches_the_server_and_nobody_the_database(compose):
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["api"]["ports"])
    assert "ports" not in compose["services"]["database"]
    assert compose["services"]["database"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True
    assert compose["services"]["api"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert "healthcheck" in compose["services"]["database"]
