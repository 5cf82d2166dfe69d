"""The site builds without a warning, and needs no network."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("zensical", reason="the site is built with zensical, which is not installed")

ROOT = Path(__file__).parents[2]
FETCHED = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src")}
"""What a browser asks for by itself."""
ADDRESS = re.compile(r"url\(\s*['\"]?(https?:)?//|@import\s+['\"]https?:")


class Links(HTMLParser):
    """What a page leads to, and what it fetches."""

    def __init__(self, page):
        super().__init__()
        self.fetched, self.led, self.ids = [], [], set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.add(value)
            elif (tag, name) in FETCHED and value and dict(attrs).get("rel") != "canonical":
                self.fetched.append(value)
            elif (tag, name) == ("a", "href") and value:
                self.led.append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    build = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    built = subprocess.run(build, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "No issues found" in built.stderr + built.stdout
    pages = sorted((folder / "out" / "docs").rglob("*.html"))
    assert len(pages) > 20
    return {page: Links(page) for page in pages}


def test_the_site_fetches_nothing_from_elsewhere(site):
    for page, links in site.items():
        assert not [address for address in links.fetched if re.match("(https?:)?//", address)], page.name
    styles = [style for style in next(iter(site)).parent.rglob("*.css") if ADDRESS.search(style.read_text())]
    assert not styles


def test_no_link_of_the_site_is_dead(site):
    for page, links in site.items():
        if page.name == "404.html":  # its links begin at the root of wherever the site will be
            continue
        for link in links.led:
            address, _, place = link.partition("#")
            if re.match(r"\w+:", link):
                continue
            target = (page.parent / address).resolve() if address else page
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{page.name}: {link}"
            assert not place or target not in site or place in site[target].ids, f"{page.name}: {link}"
