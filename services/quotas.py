"""The calls that this process may make to each realm (design, idea 4)."""

from __future__ import annotations

from fractions import Fraction

from shared import limits
from shared.quickbooks.quota import WHOLE, Quota


class Quotas:
    """One quota a realm, shared by all services of the process."""

    def __init__(self, share: Fraction) -> None:
        self._share = share
        self._quotas: dict[str, Quota] = {}

    def of(self, realm: str) -> Quota:
        """The realm's quota."""
        quota = self._quotas.get(realm)
        if quota is None:
            quota = self._quotas[realm] = Quota(self._share)
            quota.assume_used()
        return quota

    def all(self) -> dict[str, Quota]:
        """Those made so far, by realm."""
        return dict(self._quotas)


def whole() -> Quotas:
    """For a process that runs all services."""
    return Quotas(WHOLE)


def share_of(service: str) -> Quotas:
    """For a process that runs one service: a fixed share, so that all together never pass the realm's limit."""
    return Quotas(limits.QUOTA_SHARES[service])
