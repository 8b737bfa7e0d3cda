"""Access tokens for the clients of a realm: one keeper that refreshes, any number of followers.

QuickBooks may treat two refreshes at once as an attack and withdraw the grant. So each realm has one TokenKeeper, in
the process that owns the realm, and within it one refresh at a time. Other processes have a TokenFollower, which takes
the records that the keeper publishes. Both are a TokenSource.
"""

from __future__ import annotations

from shared.quickbooks.follower import TokenFollower
from shared.quickbooks.keeper import TokenKeeper
from shared.quickbooks.token_shelf import TokenSource

__all__ = ["TokenFollower", "TokenKeeper", "TokenSource"]
