"""Access: who is asking, and what they may do."""

import hashlib
from dataclasses import dataclass

from resolver.errors import ResolverError
from resolver.store.access import Role

__all__ = ["AccessError", "Caller", "Role", "RoleError"]


class AccessError(ResolverError):
    """Nobody knows who is asking: no credential, or one that is wrong, expired or revoked."""


class RoleError(ResolverError):
    """Whoever is asking may not do that."""


@dataclass(frozen=True)
class Caller:
    """Who is asking. name: as it is kept with what they do. key: the public part of an API key, if they came by one."""

    tenant: str
    role: Role
    name: str
    key: str | None = None

    @property
    def decides_alone(self) -> bool:
        """Whether they may say alone what by rule two stewards have to say."""
        return self.role.may(Role.ADMIN)

    def must_be(self, role: Role) -> None:
        """Raises RoleError where the role is not enough."""
        if not self.role.may(role):
            raise RoleError(f"this needs the role {role}; yours is {self.role}")

    @property
    def mark(self) -> str:
        """What stands for the caller in logs and rate limits: it names nobody."""
        return self.key or _mark(f"{self.tenant}\n{self.name}")

    @property
    def tenant_mark(self) -> str:
        """What stands for the tenant in logs."""
        return _mark(self.tenant)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
