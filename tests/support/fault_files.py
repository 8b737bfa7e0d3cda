"""A fault plan's document for tests: read from its file, put in force in running sandboxes."""

from __future__ import annotations

from pathlib import Path

from sandbox.fault_file import FaultFile, read_fault_file
from tests.support.magento_sandbox import MagentoSandbox
from tests.support.quickbooks_sandbox import QuickBooksSandbox

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "faults"


async def load_faults(
    path: Path, *, books: QuickBooksSandbox | None = None, shop: MagentoSandbox | None = None
) -> FaultFile:
    """Put the parts of the file in force. Raises BadFaultFile."""
    plan = read_fault_file(path)
    if books is not None:
        part = plan.quickbooks.model_dump(mode="json", exclude_unset=True)
        await books.control("POST", "faults", {"rules": [], **part})
    if shop is not None:
        part = plan.magento.model_dump(mode="json", exclude_unset=True)
        await shop.control("POST", "faults", {"rules": [], **part})
    return plan
