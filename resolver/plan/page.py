"""Plans on disk: one a line for programs, and one page for people that loads nothing from anywhere."""

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from resolver.errors import UsageError
from resolver.plan.model import Plan, Step
from resolver.words import plain

PLANS, PAGE = "plans.jsonl", "plans.html"
TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 500
"""Plans on the page; all of them are in plans.jsonl."""
LONGEST = 400  # characters of a request that are shown
TITLES = {
    "atlassian": "Atlassian",
    "voipbin": "VoIPBIN",
    "teamwork_desk": "Teamwork Desk",
    "customeros": "CustomerOS",
    "cpod": "cPod",
}
WORDS = {
    "read": "Look",
    "consent": "Consent",
    "copy": "Fill in",
    "add_social": "Add profile",
    "release": "Let go",
    "demote": "No longer main",
    "move": "Take over",
    "tag": "Tag",
    "repoint": "Point elsewhere",
    "merge": "Merge",
    "primary": "Main e-mail",
    "retire": "Delete",
    "verify": "Check",
    "manual": "By hand",
}


def write_plans(plans: list[Plan], folder: Path) -> tuple[Path, Path]:
    """Writes plans.jsonl and plans.html into the folder; the same plans give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, page_path = folder / PLANS, folder / PAGE
    lines.write_text("".join(f"{plan.line()}\n" for plan in plans), encoding="utf-8", newline="\n")
    page_path.write_text(page(plans), encoding="utf-8", errors="replace", newline="\n")
    return lines, page_path


def read_plans(folder: Path) -> list[Plan]:
    """The plans of a folder. Raises UsageError when there are none, or the file is not as it was written."""
    path = folder / PLANS
    if not path.exists():
        raise UsageError(f"{folder} holds no {PLANS}; make it from a finished run: resolver plan --out {folder}")
    try:
        return [Plan.model_validate_json(line) for line in path.read_bytes().splitlines() if line]
    except ValueError as error:
        raise UsageError(f"{path}: a line is not a plan; make it again from the run") from error


def page(plans: list[Plan]) -> str:
    """The plans as HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, request=request, count=plain.count)
    rows = [
        {
            "title": TITLES.get(system, system),
            "plans": len(own),
            "losers": sum(len(plan.losers) for plan in own),
            "human": sum(plan.requires_human for plan in own),
            "lost": sum(len(plan.lost_values) for plan in own),
        }
        for system in dict.fromkeys(plan.system for plan in plans)
        for own in [[plan for plan in plans if plan.system == system]]
    ]
    return environment.get_template("plan.html.j2").render(
        plans=plans[:SHOWN],
        hidden=max(0, len(plans) - SHOWN),
        rows=rows,
        headline=f"{plain.count(len(plans), 'merge')} to make inside the systems" if plans else "Nothing to merge",
        titles=TITLES,
        words=WORDS,
        style=Markup((TEMPLATES / "plan.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )


def shown(text: object) -> Markup:
    """A value from the data: isolated, so that its direction stays its own."""
    return Markup("<bdi>{}</bdi>").format(plain.clipped(plain.one_line(str(text)), LONGEST))


def request(step: Step) -> str:
    """What a step sends."""
    if step.manual:
        return step.target
    sent = step.variables if step.mutation else step.body
    told = "" if sent is None else f" {json.dumps(sent, ensure_ascii=False)}"
    name = f"POST {step.target}" if step.mutation else f"{step.method} {step.target}"
    if step.mutation and step.mutation.startswith("mutation"):
        name = step.mutation.partition("{ ")[2].partition("(")[0]
    return f"{name}{told}"
