"""Companies of each tax model in memory, for figures and properties; no HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.operations import create
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.seeds import new_company, settings_of
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company
from sandbox.quickbooks.templates import TEMPLATES
from tests.contract.quickbooks_sandbox.books_client import line, sale

FORMS = ("SalesReceipt", "Invoice", "CreditMemo", "RefundReceipt")


def company_of(template: str, **switches: Any) -> Company:
    """A company with customer Ann and the item Mug, "1" each."""
    chosen = CompanySettings.model_validate(switches)
    made = new_company("1", Clock(), settings_of(TEMPLATES[template], chosen), template=TEMPLATES[template])
    create(made, ENTITIES["Customer"], {"DisplayName": "Ann"})
    create(made, ENTITIES["Item"], {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    return made


def form(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A form that every type takes: the customer "1", the bank account "5"."""
    return sale(*lines, DepositToAccountRef={"value": "5"}) | fields


def booked(company: Company, body: dict[str, Any], entity: str = "SalesReceipt") -> dict[str, Any]:
    """The document as it stands after its creation."""
    return create(company, ENTITIES[entity], body).document


def taxes(document: dict[str, Any]) -> dict[str, tuple[Decimal, Decimal]]:
    """What is taxable and the tax, by rate."""
    return {
        entry["TaxLineDetail"]["TaxRateRef"]["value"]: (entry["TaxLineDetail"]["NetAmountTaxable"], entry["Amount"])
        for entry in document["TxnTaxDetail"].get("TaxLine", [])
    }


def coded(amount: str, code: str, *, qty: Any = None, price: Any = None, **detail: Any) -> dict[str, Any]:
    """A sales line of the item "1" with a tax code."""
    made = line(Decimal(amount), tax=code, qty=qty, price=price)
    return {**made, "SalesItemLineDetail": made["SalesItemLineDetail"] | detail}
