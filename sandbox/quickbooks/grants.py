"""What OAuth hands out: codes, grants, access tokens. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Grant:
    """A user's consent for one realm."""

    realm: str
    scope: str
    refresh_token: str
    value_since: float  # when the refresh token got its present value
    used: float
    granted: float
    id: str  # its first refresh value
    alive: bool = True
    refreshing: int = 0  # refreshes under way
    raced: bool = False  # another refresh came meanwhile: the one under way gets its tokens, which then die

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())


@dataclass(slots=True)
class Code:
    realm: str
    redirect_uri: str
    scope: str
    expires: float
    grant: Grant | None = None  # what it was exchanged for


@dataclass(frozen=True, slots=True)
class Access:
    grant: Grant
    expires: float
