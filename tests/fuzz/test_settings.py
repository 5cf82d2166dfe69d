"""Rule sets, project files and settings of the server: any text is one, or is refused in a line."""

import tomllib
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from api.settings import Settings, load
from resolver.errors import RulesError, UsageError
from resolver.settings import Project, load_project
from rules.ruleset import Ruleset
from tests.fuzz.amount import fuzzed

SHIPPED = files("rules").joinpath("contacts.toml").read_text(encoding="utf-8").splitlines()
VALUES = st.sampled_from(
    [
        "1",
        "-1",
        "nan",
        "inf",
        '""',
        '"x"',
        "[]",
        "{}",
        "true",
        "1979-05-27",
        '["a", 1]',
        "1e400",
        "[[]]",
        '"\\u0000"',
        "x",
    ]
)
PROJECT = sorted(Project.model_fields)
SERVER = sorted(Settings.model_fields)


@st.composite
def altered(draw):
    """The shipped rule set, in which some lines are others, gone, or twice there."""
    lines = list(SHIPPED)
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(lines) - 1))
        name, equals, _ = lines[place].partition("=")
        new = [f"{name}{equals} {draw(VALUES)}"] if equals and draw(st.booleans()) else draw(
            st.sampled_from([[], [lines[place]] * 2, ["[new]"], ["[[compare]]"], ["x = "]])
        )  # fmt: skip
        lines[place : place + 1] = new
        lines = lines or ["x = 1"]
    return "\n".join(lines)


@given(st.one_of(altered(), st.text(max_size=60)))
@fuzzed(60)
def test_any_text_is_a_rule_set_or_is_refused(text):
    try:
        Ruleset.parse(text, "mine.toml")
    except RulesError as error:
        said = str(error)
    else:
        tomllib.loads(text)
        return
    assert said.startswith("mine.toml")


def toml(names):
    line = st.builds("{} = {}".format, st.sampled_from(names), VALUES)
    table = st.sampled_from(["[map]", "[systems.voipbin]", "[systems]", "[tenants]", "[", 'a."b" = 1', "x.y.z = {}"])
    return st.lists(st.one_of(line, table, st.text(max_size=10)), max_size=6).map("\n".join)


@given(toml(PROJECT))
@fuzzed(60)
def test_any_text_is_a_project_file_or_is_refused(tmp_path, text):
    (tmp_path / "resolver.toml").write_text(text, encoding="utf-8", errors="replace")
    try:
        load_project(tmp_path / "resolver.toml")
    except UsageError as error:
        said = str(error)
    else:
        return
    assert "resolver.toml" in said


@given(
    toml(SERVER),
    st.dictionaries(
        st.sampled_from([f"RESOLVER_{name.upper()}" for name in SERVER if name != "config"]), st.text(max_size=8)
    ),
)
@fuzzed(60)
def test_any_text_is_a_servers_settings_or_is_refused_without_its_value(tmp_path, text, environment):
    (tmp_path / "server.toml").write_text(text, encoding="utf-8", errors="replace")
    try:
        load(tmp_path / "server.toml", environment)
    except UsageError as error:
        said = str(error)
    else:
        return
    assert said
    secret = environment.get("RESOLVER_JWT_SECRET", "")
    assert len(secret) < 6 or secret not in said
