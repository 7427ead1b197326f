"""Who may see what of the simulated GitHub, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from syncd.demo.simulators.github_things import Repo
from syncd.demo.simulators.server import Answer

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(slots=True, kw_only=True)
class Token:
    """A credential. `repos` are the repositories it was given, None = all."""

    login: str
    expires_at: datetime | None = None
    scopes: str | None = None
    """Of a classic token; None for a fine-grained one."""
    repos: tuple[str, ...] | None = None
    forbidden: tuple[str, ...] = ()
    """`issues`, `pull_requests`, `contents`, `organization_projects`: rights that a fine-grained
    token was not given.
    """
    writes: tuple[str, ...] = ()
    """`issues` and `pull_requests`: rights that it has to write as well."""

    @property
    def shows_projects(self) -> bool:
        """Whether it may read projects."""
        if self.scopes is None:
            return "organization_projects" not in self.forbidden
        return bool({"project", "read:project"} & {s.strip() for s in self.scopes.split(",")})


@dataclass(slots=True, kw_only=True)
class Installation:
    """Of an App: the token it gets, and all rights that it was given."""

    token: str
    permissions: dict[str, str] = field(default_factory=dict)

    def allows(self, right: str, level: str) -> bool:
        """Whether a token may be asked for with that right; writing includes reading."""
        return self.permissions.get(right) in (level, "write")


def said(status: int, message: str, **headers: str) -> Answer:
    """An answer that is only words."""
    body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return Answer(status=status, body=body, headers=headers)


def may_see(token: Token, repo: Repo) -> bool:
    """Whether a token was given the repository."""
    return token.repos is None or repo.full_name in token.repos or not repo.private
