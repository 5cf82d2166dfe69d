from importlib.resources import files

import pytest

from rules.registry import FIELDS
from rules.ruleset import RulesError, Ruleset, levels_of

TEXT = files("rules").joinpath("contacts.toml").read_text()


def broken(old, new):
    assert old in TEXT
    with pytest.raises(RulesError) as caught:
        Ruleset.parse(TEXT.replace(old, new, 1), "my.toml")
    return str(caught.value)


def line_of(text):
    return next(number for number, line in enumerate(TEXT.splitlines(), start=1) if text in line)


def test_the_shipped_rules_are_sound():
    rules = Ruleset.default()
    assert set(rules.compare) <= set(FIELDS)
    assert all(set(comparison.levels) == set(levels_of(name, comparison)) for name, comparison in rules.compare.items())


def test_equal_rules_have_equal_fingerprints_and_others_do_not():
    assert Ruleset.parse(TEXT, "a").fingerprint == Ruleset.parse(TEXT + "\n# a remark\n", "b").fingerprint
    assert Ruleset.parse(TEXT.replace("cap = 100", "cap = 99"), "a").fingerprint != Ruleset.default().fingerprint


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('["email.same"]', '["email.smae"]', "smae"),
        ('["email.same"]', '["emial.same"]', "emial"),
        ("[compare.email]", "[compare.mail]", "mail"),
        ("cap = 100", "cap = 1", "cap"),
        ("[thresholds]", "[thresholds]\nmatch = 1.5", "match"),
        ("[thresholds]", "[thresholds]\nreview = 0.1\nmatch = 0.01", "review <= match"),
        ("shared = true", "shered = true", "shered"),
        ('agree = ["given", "family"]', 'agree = ["given", "famly"]', "famly"),
        ("[0.73, 0.008]", "[0.12, 0.008]", "sum to"),
        ("[blocking.caps]", "[blocking.caps]\nemail_letters = 12", "blocking.caps names the family 'email_letters'"),
        ("[blocking.caps]", "[blocking.caps]\nemail = 1", "caps"),
        ('["company.same"]', '["company.smae"]', "smae"),
        ("[caution.against]", "[caution.against]\nmiddel = ['different']", "caution.against names the field 'middel'"),
        (
            'suffix     = ["conflict"]',
            'suffix     = ["conflicts"]',
            "caution.against.suffix names the level 'conflicts'",
        ),
    ],
)
def test_a_mistake_names_the_file_and_what_is_wrong(old, new, told):
    message = broken(old, new)
    assert message.startswith("my.toml")
    assert told in message


def test_a_key_that_does_not_exist_is_found_in_its_line():
    line = line_of('["email.same"]')
    assert broken('["email.same"]', '["email.smae"]').startswith(f"my.toml:{line}:")


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ("[blocking.caps]", "email_letters = 12"),
        ("[caution.against]", 'middel = ["different"]'),
        ("[caution.against]", 'middle = ["diferent"]'),
        ("[blocking.nameless]", 'company_sector = ["company.sector"]'),
    ],
)
def test_a_name_that_does_not_exist_is_found_in_its_line(before, wrong):
    line = line_of(before) + 1
    assert broken(before, f"{before}\n{wrong}").startswith(f"my.toml:{line}:")


def test_a_lower_cap_may_be_set_for_every_kind_of_family():
    more = "\n".join(f"{family} = 7" for family in ("email", "company_name", "names"))
    caps = Ruleset.parse(TEXT.replace("[blocking.caps]", f"[blocking.caps]\n{more}"), "my.toml").blocking.caps
    assert {family: caps[family] for family in ("email", "company_name", "names")} == dict.fromkeys(
        ("email", "company_name", "names"), 7
    )


def test_text_that_is_not_toml_says_so():
    with pytest.raises(RulesError, match="not valid TOML"):
        Ruleset.parse("[compare", "my.toml")


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(RulesError, match="cannot be read"):
        Ruleset.load(tmp_path / "none.toml")
