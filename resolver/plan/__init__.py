"""Merge plans: what it takes to make one record of a person's duplicates inside one system, and carrying it out.

`plans.py` is the recipe from a finished run to plans, with one module a system for what that system can take;
`references.py` says who must point elsewhere, `page.py` writes plans down, `apply.py` carries them out.
Nothing is ever sent unless somebody asks for it.
"""
