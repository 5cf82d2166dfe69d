from pathlib import Path

import pytest

from resolver.errors import UsageError
from resolver.plan.page import read_plans, write_plans
from resolver.plan.plans import plans
from tests.resolver.plan.conftest import Finish, of


def test_plans_are_the_same_bytes_whatever_the_order_of_records(finish: Finish, tmp_path: Path) -> None:
    records = [of("cpod", "a"), of("cpod", "b", phones=[{"raw": "+1"}]), of("cpod", "c", tags=[{"name": "x"}])]
    first = [path.read_bytes() for path in write_plans(plans(finish(ann=records)), tmp_path / "one")]
    second = [path.read_bytes() for path in write_plans(plans(finish(ann=records[::-1])), tmp_path / "two")]
    assert first == second
    assert read_plans(tmp_path / "one") == plans(tmp_path)


def test_the_page_escapes_what_records_say_and_loads_nothing_trap_58(finish: Finish) -> None:
    hostile = "<script>alert(1)</script>"
    folder = finish(
        ann=[of("cpod", "a", full_name="Ann"), of("cpod", "b", full_name=hostile, phones=[{"raw": hostile}])]
    )
    _, page = write_plans(plans(folder), folder)
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "src=" not in html
    assert "<table>" in html


def test_no_duplicates_is_said_plainly(finish: Finish) -> None:
    folder = finish(ann=[of("cpod", "a")])
    lines, page = write_plans(plans(folder), folder)
    assert lines.read_bytes() == b""
    assert "Nothing to merge" in page.read_text(encoding="utf-8")


def test_a_folder_without_a_run_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="resolver dedupe"):
        plans(tmp_path)
    with pytest.raises(UsageError, match="resolver plan"):
        read_plans(tmp_path)
