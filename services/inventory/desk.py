"""What people ask of the inventory service: a preview, its confirmation, and why a SKU has the quantity that it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from services.inventory.preview import NotKnown, Preview
from shared.mapping.stock.decision import StockDecision

Tell = Callable[[int, int], None]
"""How many SKUs of how many are done."""


def silent(_done: int, _of: int) -> None:
    """For whom nobody waits."""


class NotServed(Exception):
    """This process doesn't write the stock of the connection: it isn't known, another process owns it, or `[stock]`
    says `off`. The text says which."""


class NotYet(Exception):
    """It can't be told yet, and the text says why: asking again later helps."""


class OtherPreview(Exception):
    """What was confirmed isn't what would be written, or nothing waits for a person: they must look again."""


class Clerk(Protocol):
    """Answers for one connection."""

    @property
    def waits_for(self) -> str:
        """Why nothing is written for now, "" when it is."""

    async def preview(self, tell: Tell = silent) -> Preview: ...

    async def confirm(self, digest: str) -> None: ...

    async def explain(self, sku: str) -> StockDecision | NotKnown: ...


class Clerks(Protocol):
    """Finds who answers for a connection. Raises NotServed."""

    def __call__(self, connection: str) -> Clerk: ...


class Desk:
    """All methods raise NotServed and NotYet."""

    def __init__(self, clerk: Clerks) -> None:
        self._clerk = clerk

    async def preview(self, connection: str, tell: Tell = silent) -> Preview:
        """Reads every SKU's row of the shop: a call for a hundred of them."""
        return await self._clerk(connection).preview(tell)

    async def confirm(self, connection: str, digest: str) -> None:
        """Lets the preview of this digest be written. Durable on return. Raises OtherPreview, LogUnavailable."""
        await self._clerk(connection).confirm(digest)

    def waits_for(self, connection: str) -> str:
        """Why nothing of the connection is written for now, "" when it is."""
        return self._clerk(connection).waits_for

    async def explain(self, connection: str, sku: str) -> StockDecision | NotKnown:
        """The decision on one SKU as of now, its terms included; it writes nothing."""
        return await self._clerk(connection).explain(sku)
