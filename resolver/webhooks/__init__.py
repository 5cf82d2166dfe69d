"""Webhooks: programs elsewhere are told what happened to entities. Nothing is sent unless somebody registered one.

A message holds changes of the feed, in their order, without anything of a person but entity ids. It is sent until it
arrived, and only then the next one is: at least once, in order. `verify` is for those who receive it.
"""

from resolver.webhooks.signing import SignatureError, sign, verify

__all__ = ["SignatureError", "sign", "verify"]
