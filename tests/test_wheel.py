"""What a stranger installs: the wheel has every file that the program needs, and works away from the clone."""

import json
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.api.test_commands import PATIENCE, address, environment

ROOT = Path(__file__).parents[1]
PACKAGES = ("rules", "resolver", "api")
PEOPLE = """id,first name,last name,email,phone
1,Ann,Lee,ann.lee@fernbank.example,+1 312 555 0188
2,Anne,Lee,ann.lee@fernbank.example,(312) 555-0188
3,Bob,Fox,bob@fox.example,
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def programs(wheel, tmp_path_factory):
    """The programs of a fresh environment with the wheel; of the libraries it sees those that are here."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index",
        "--no-compile", str(wheel), cwd=folder)  # fmt: skip
    (packages,) = (folder / "lib").glob("python*/site-packages")
    # a folder named in a .pth is searched, but its own .pth files are not read: the clone stays out of sight
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_every_file_of_the_packages_and_nothing_else(wheel):
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == there
    kinds = {Path(name).suffix for name in packed}
    assert {".py", ".toml", ".txt", ".j2", ".css", ".js", ".html", ".mako"} <= kinds


def test_the_wheel_says_what_it_is_and_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith("/METADATA"))
        told = packed.read(name).decode()
        assert any(name.endswith("/licenses/LICENSE") for name in packed.namelist())
    for line in ("License-Expression: Apache-2.0", "Provides-Extra: postgres", "Provides-Extra: spark"):
        assert line in told.splitlines()


def test_the_installed_program_works_away_from_the_clone(programs, tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)
    here = run(programs / "python", "-c", "import api, resolver, rules; print(api.__file__)", cwd=tmp_path)
    assert Path(here).is_relative_to(programs.parent)
    program = str(programs / "resolver")
    assert "dedupe" in run(program, "--help", cwd=tmp_path)
    assert json.loads(run(program, "dedupe", "people.csv", "--out", "out", "--json", cwd=tmp_path))
    assert (tmp_path / "out" / "report.html").exists()
    run(program, "load", "people.csv", "--db", "contacts.db", cwd=tmp_path)
    with (tmp_path / "err").open("w") as err:
        process = subprocess.Popen(
            [program, "serve", "--db", "contacts.db", "--port", "0"],
            cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=err,
        )  # fmt: skip
    try:
        with httpx.Client(timeout=PATIENCE) as client:
            client.base_url = address(tmp_path / "err", process, client)
            record = {"name": "Ann Lee", "email": "ann.lee@fernbank.example"}
            (found,) = client.post("/v1/match", json={"record": record, "limit": 1}).json()["results"]
            assert found["decision"] == "auto"
            assert client.get("/steward/static/desk.css").status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == -signal.SIGTERM  # it ends in good order, and then as whoever sent it asked
