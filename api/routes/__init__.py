"""Routes: one module a topic. A route asks the resolver and shapes its answer; nothing is decided here."""

from fastapi import APIRouter

from api.routes import (
    changes,
    contacts,
    entities,
    health,
    judgements,
    matching,
    merges,
    pins,
    plans,
    reconcile,
    records,
    reviews,
    rules,
    webhooks,
    why,
    yente,
)

ROUTERS: list[APIRouter] = [
    health.router,
    matching.router,
    contacts.router,
    records.router,
    yente.router,
    changes.router,
    webhooks.router,
    reconcile.router,
    entities.router,
    why.router,
    merges.router,
    reviews.router,
    judgements.router,
    pins.router,
    plans.router,
    rules.router,
]
"""All routers, in the order of the document."""
