"""What the API says of itself, without a store behind it."""

import pytest
from fastapi import FastAPI

from api.app import _document
from api.routes import ROUTERS

OPEN = {"/v1/health", "/v1/ready", "/metrics", "/openapi.json"}
"""What is told to anybody."""


def described():
    """The OpenAPI document."""
    app = FastAPI(title="contact-resolver", generate_unique_id_function=lambda route: route.name)
    for router in ROUTERS:
        app.include_router(router)
    return _document(app)


DOCUMENT = described()
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [
    (method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in METHODS if method in item
]
each_operation = pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(one) for one in OPERATIONS])
