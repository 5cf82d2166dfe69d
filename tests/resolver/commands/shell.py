"""The commands, called as from a shell but in this process, with people who are known from other tests."""

from typer.testing import CliRunner

from resolver.cli import app

PEOPLE = """id,first name,last name,email,phone
1,Ann,Lee,ann@x.com,212-555-0147
2,Anne,Lee,ann@x.com,
3,Bob,Fox,,+1 212 555 0199
"""
MORE = """id,first name,last name,email,phone
7,Robert,Fox,bob@fox.example,+1 212 555 0199
8,Cy,Young,cy@x.com,
"""


def resolver(*words, told=None, **environment):
    """What a command says, its errors, and its exit code."""
    known = {"RESOLVER_DB": None, "RESOLVER_WHO": None, **environment}
    ran = CliRunner().invoke(app, [*map(str, words)], input=told, env=known)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran


def said(*words, **environment):
    """What a command says that goes well."""
    ran = resolver(*words, **environment)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def refused(*words, **environment):
    """The one line of a command that is used wrongly."""
    ran = resolver(*words, **environment)
    assert ran.exit_code == 2, ran.output
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    return ran.stderr.strip()
