"""Bookbridge's own keeper of stock, as a world starts it."""

from __future__ import annotations

from services.inventory.app import InventoryService
from services.process import Process
from services.quotas import Quotas


async def keeper(process: Process, quotas: Quotas) -> None:
    """Until the process is asked to stop."""
    await InventoryService(process, quotas).run()
