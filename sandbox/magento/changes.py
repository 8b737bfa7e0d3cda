"""Changes of the shop's rows as others may watch them: before and after a save, within the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.magento.tables import Kind

if TYPE_CHECKING:
    from sandbox.magento.shop import Document


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it is now, and as it was (None: it is new). A deleted row is told as it was last."""

    kind: Kind
    entity_id: int
    body: dict[str, Any]
    before: dict[str, Any] | None
    deleted: bool = False


class Watcher(Protocol):
    """Sees every save. While it isn't `active`, nothing is looked up for it."""

    @property
    def active(self) -> bool:
        """Whether anybody listens."""

    def placing(self, document: Document) -> None:
        """An order is being placed; it isn't in the shop yet. May change its body, may raise MagentoError."""

    def placed(self, document: Document) -> None:
        """The order was placed, in the transaction under way."""

    def saving(self, document: Document) -> None:
        """The row is about to be written. May change its body, may raise MagentoError."""

    def saved(self, change: Change) -> None:
        """The row is written, in the transaction under way. May raise MagentoError."""
