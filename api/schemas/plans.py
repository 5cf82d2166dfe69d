"""Merge plans: what to write back to the systems that hold a person several times."""

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.entity import ENTITY
from resolver.plan.model import Plan


class PlansOut(BaseModel):
    """A plan for each source that has several live records of the entity."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "entity_id": ENTITY,
                "plans": [
                    {
                        "cluster": ENTITY,
                        "survivor": "1",
                        "losers": ["7"],
                        "system": "crm",
                        "instance": None,
                        "tenant": "acme",
                        "steps": [
                            {
                                "n": 1,
                                "op": "manual",
                                "record": "1",
                                "target": "1",
                                "on_conflict": "decide again",
                                "reason": "keep 1 and fill in what it lacks; then remove 7",
                                "evidence_ref": "crm:1 crm:7",
                            }
                        ],
                        "consent_changes": [],
                        "lost_values": [],
                        "warnings": [],
                        "requires_human": True,
                    }
                ],
            }
        }
    )

    entity_id: str
    plans: list[Plan] = Field(description="None where every source has one record at most.")
