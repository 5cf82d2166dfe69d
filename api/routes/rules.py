"""Rules: those in force, and trying others."""

from fastapi import APIRouter

from api.deps import Admins, Reads
from api.problems import answers
from api.schemas.rules import ProposalIn, RulesOut, RulesPreview
from resolver.paths.ruling import in_force, proposed

router = APIRouter(tags=["rules"])


@router.get("/v1/rules", responses=answers(), summary="The rules in force")
def rules(session: Reads) -> RulesOut:
    """What contacts are compared by, the thresholds, and the fingerprints that name rules and model."""
    return RulesOut.of(in_force(session.resolver))


@router.post("/v1/rules/preview", responses=answers(), summary="What other rules would do")
def preview_rules(asked: ProposalIn, session: Admins) -> RulesPreview:
    """The exact merges, splits and changes of golden values that other rules or thresholds would bring.

    Nothing is written, and nobody waits for it. The whole store is resolved anew, which takes a minute or two for a
    million records (`whole_seconds` limits it); where more than the thresholds differs, a model is trained first.
    """
    found = proposed(session.resolver, asked.proposal())
    told = RulesPreview.of(found, asked.limit)
    session.audit("rules.preview", *(one.entity_id for one in told.foreseen))
    return told
