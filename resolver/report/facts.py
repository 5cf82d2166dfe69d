"""The facts of the report: a Result in, plain facts for each section out. Pure; nothing here knows HTML."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from resolver.report.account import Origin, Reach, origin, reach
from resolver.report.cases import Kind, Work, kinds, work
from resolver.report.evidence import Evidence, Shared, evidence, shared
from resolver.report.groups import Groups, groups
from resolver.report.look import Warned, warnings
from resolver.report.outlook import Outlook, outlook
from resolver.report.overlap import Fill, Overlap, fill, overlap
from resolver.report.scores import Scores, scores
from resolver.report.view import View
from resolver.result import Result
from resolver.threads import side_by_side


@dataclass(frozen=True)
class Verdict:
    """The few numbers that say what came of it, and what deserves a look before it is used."""

    records: int
    excluded: int
    rejected: int
    people: int
    largest: int
    cases: int
    sources: int
    files: int
    tenants: int
    look: list[Warned]

    @property
    def live(self) -> int:
        """Records that took part."""
        return self.records - self.excluded

    @property
    def joined(self) -> int:
        """Records that turned out to be somebody already there."""
        return self.live - self.people

    @property
    def standing(self) -> str:
        """Can I use this: "careful", "look" or "calm"."""
        if any(warning.grave for warning in self.look):
            return "careful"
        return "look" if self.look else "calm"


def verdict(view: View, sources: Overlap, filled: Fill) -> Verdict:
    """The summary that both the report and the terminal begin with."""
    run = view.run
    return Verdict(
        records=int(run["records"]),
        excluded=int(run["excluded"]),
        rejected=len(view.result.rejects),
        people=int(run["entities"]),
        largest=view.largest,
        cases=len(view.result.review),
        sources=view.members["source"].n_unique(),
        files=len(run.get("inputs", [])),
        tenants=len(view.tenants),
        look=warnings(view, sources, filled),
    )


@dataclass(frozen=True)
class Facts:
    """All sections, in the order of the report."""

    verdict: Verdict
    outlook: Outlook
    work: Work
    overlap: Overlap
    groups: Groups
    scores: Scores
    kinds: list[Kind]
    evidence: list[Evidence]
    shared: Shared
    fill: Fill
    reach: Reach
    origin: Origin


def facts(result: Result) -> Facts:
    """Works out every section; the one that takes about as long as all others runs beside them."""
    view = View(result)
    sources, filled = overlap(view), fill(view)

    def others() -> dict[str, Any]:
        return {
            "verdict": verdict(view, sources, filled),
            "outlook": outlook(view),
            "work": work(view),
            "groups": groups(view),
            "kinds": kinds(view),
            "evidence": evidence(view),
            "shared": shared(view),
            "reach": reach(view),
            "origin": origin(view),
        }

    made: dict[str, Any] = side_by_side(len(view.members), scores=partial(scores, view), others=others)
    return Facts(overlap=sources, fill=filled, scores=made["scores"], **made["others"])
