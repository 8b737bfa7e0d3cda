"""Who sends a request, as far as shares of what strangers may ask for go; and such shares. Pure."""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Sequence

_WINDOW_SECONDS = 60.0


def sender(peer: str | None, forwarded: Sequence[str]) -> str:
    """The network address that a request comes from: the connection's, or, where a proxy of ours holds that one, the
    last that X-Forwarded-For (`forwarded`, every value of the header) names. An IPv6 host has a whole /64.

    Whoever reaches us past the proxy may write into the header what he likes: this is good for shares, and for nothing
    that must be sure.
    """
    direct = _address(peer or "")
    if direct is None:
        return "unknown"
    if not direct.is_global and forwarded:
        direct = _address(forwarded[-1].rpartition(",")[2].strip()) or direct
    if isinstance(direct, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((direct.packed[:8] + bytes(8), 64)))
    return str(direct)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


class Shares:
    """So many in a minute, of which each sender has a part: a single one can't use up what is there for all."""

    def __init__(self, total: int, each: int) -> None:
        self._total = total
        self._each = each
        self._taken: deque[tuple[float, str]] = deque()

    def take(self, who: str, now: float) -> bool:
        """Whether there was one left for this sender; it is gone now. `now` in seconds, never going back."""
        while self._taken and now - self._taken[0][0] >= _WINDOW_SECONDS:
            self._taken.popleft()
        if len(self._taken) >= self._total or sum(one == who for _, one in self._taken) >= self._each:
            return False
        self._taken.append((now, who))
        return True
