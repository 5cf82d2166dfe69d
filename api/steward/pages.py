"""All pages of the desk."""

from fastapi import APIRouter

from api.steward import bulk, case, changing, history, home, learning, people, queue, reading, signing

ROUTERS: list[APIRouter] = [
    signing.router,
    queue.router,
    case.router,
    bulk.router,
    history.router,
    people.router,
    changing.router,
    reading.router,
    learning.router,
    home.router,
]
"""All pages; the last one takes what is left."""
