"""Schemas: what requests and answers look like; one module a topic."""
