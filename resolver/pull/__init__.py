"""Fetching contacts from the systems that hold them, into a file that the adapters read.

Nothing here runs unless somebody asks for a pull. `pull.py` is the recipe, `client.py` the HTTP, `progress.py` says
where a pull stands and whether it saw everything, `part.py` keeps what came so far; one module a system says the rest.
"""
