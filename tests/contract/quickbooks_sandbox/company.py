"""A company without HTTP, for tests of what documents do to the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import operations
from sandbox.quickbooks.accounting.postings import postings
from sandbox.quickbooks.accounting.trial_balance import balances, recomputed
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Record

_INCOME = {"IncomeAccountRef": {"value": "1"}}
STARTED = "2026-01-15"


class Firm:
    """A company with two customers (the second pays in euros when there are several currencies) and three items."""

    def __init__(self, **settings: Any) -> None:
        self.company = new_company("1", Clock(), CompanySettings(**settings))
        self.many = self.company.settings.multicurrency
        self.create(
            "Account",
            Name="Inventory Shrinkage",
            AccountType="Cost of Goods Sold",
            AccountSubType="SuppliesMaterialsCogs",
        )  # 15
        self.create("Account", Name="Accounts Payable (A/P)", AccountType="Accounts Payable")  # 16
        euro = {"CurrencyRef": {"value": "EUR"}} if self.many else {}
        self.create("Customer", DisplayName="Ann")
        self.create("Customer", DisplayName="Jean", **euro)
        self.create("Vendor", DisplayName="Acme")
        self.create("Item", Name="Mug", Type="NonInventory", **_INCOME)
        self.create("Item", Name="Repair", Type="Service", IncomeAccountRef={"value": "2"})
        self.chair = self.create("Item", **chair("Chair", quantity=10, cost=3))

    def create(self, entity: str, **body: Any) -> Record:
        """A new object of the body. Raises Refused."""
        return operations.create(self.company, ENTITIES[entity], decimals(self._priced(entity, body)))

    def update(self, record: Record, **body: Any) -> Record:
        """A sparse update."""
        return operations.update(self.company, ENTITIES[record.entity], decimals(self._addressed(record, body)))

    def replace(self, record: Record, **body: Any) -> Record:
        """A full update: what the body doesn't name is gone."""
        sent = self._addressed(record, self._priced(record.entity, body)) | {"sparse": False}
        return operations.update(self.company, ENTITIES[record.entity], decimals(sent))

    def void(self, record: Record) -> Record:
        return operations.void(self.company, ENTITIES[record.entity], self._addressed(record, {}))

    def delete(self, record: Record) -> Record:
        return operations.delete(self.company, ENTITIES[record.entity], self._addressed(record, {}))

    def now(self, record: Record) -> Record:
        """The object as it stands."""
        return self.company.need(record.entity, record.id)

    def read(self, record: Record, name: str) -> Any:
        """One property of the object as it stands."""
        return self.now(record).document.get(name)

    def entry(self, record: Record) -> dict[str, str]:
        """What the object posts, by account name; debit above zero."""
        sums: dict[str, Decimal] = {}
        for side in postings(self.company, self.now(record)):
            name = self.company.need("Account", side.account).document["Name"]
            sums[name] = sums.get(name, Decimal(0)) + side.amount
        return {name: f"{amount:.2f}" for name, amount in sums.items() if amount}

    def balances(self) -> dict[str, str]:
        """The trial balance, by account name, what is zero left out; equal to the one from all documents."""
        kept = balances(self.company)
        assert kept == recomputed(self.company)
        assert sum(kept.values()) == 0
        return {self.company.need("Account", a).document["Name"]: f"{amount:.2f}" for a, amount in kept.items()}

    def _addressed(self, record: Record, body: dict[str, Any]) -> dict[str, Any]:
        return {"Id": record.id, "SyncToken": self.read(record, "SyncToken"), "sparse": True} | body

    def _priced(self, entity: str, body: dict[str, Any]) -> dict[str, Any]:
        """With the currency that a document needs in a company of several."""
        if not self.many or not ENTITIES[entity].transaction or "CurrencyRef" in body:
            return body
        customer = body.get("CustomerRef", {}).get("value")
        return body | {"CurrencyRef": {"value": "EUR" if customer == "2" else "USD"}}


def decimals(value: Any) -> Any:
    """The body with the numbers that a JSON body has after decoding."""
    if isinstance(value, dict):
        return {name: decimals(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [decimals(inner) for inner in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def chair(name: str, *, quantity: Any, cost: Any) -> dict[str, Any]:
    """An item whose stock is tracked."""
    accounts = {"AssetAccountRef": {"value": "7"}, "ExpenseAccountRef": {"value": "6"}}
    stock = {"Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": quantity, "InvStartDate": STARTED}
    return {"Name": name, "PurchaseCost": cost, **stock, **accounts, **_INCOME}


def sold(amount: Any, *, item: str = "1", quantity: Any = None, tax: str = "NON") -> dict[str, Any]:
    """A line of a sales form."""
    detail: dict[str, Any] = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": tax}}
    if quantity is not None:
        detail["Qty"] = quantity
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def settles(record: Record, amount: Any, line: str | None = None) -> dict[str, Any]:
    """A line of a payment, or with a line id (0 for the whole) of a deposit."""
    link = {"TxnId": record.id, "TxnType": record.entity} | ({} if line is None else {"TxnLineId": line})
    return {"Amount": amount, "LinkedTxn": [link]}


def fee(amount: Any, account: str = "12") -> dict[str, Any]:
    """An account's line of a deposit."""
    detail = {"AccountRef": {"value": account}}
    return {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}


def booked(side: str, account: str, amount: Any, customer: str | None = None) -> dict[str, Any]:
    """A line of a journal entry."""
    detail: dict[str, Any] = {"PostingType": side, "AccountRef": {"value": account}}
    if customer is not None:
        detail["Entity"] = {"Type": "Customer", "EntityRef": {"value": customer}}
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def adjusted(item: str, quantity: Any) -> dict[str, Any]:
    """A line of an inventory adjustment."""
    detail = {"ItemRef": {"value": item}, "QtyDiff": quantity}
    return {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}


def refusal(call: Any, *arguments: Any, **body: Any) -> str:
    """The code of the fault that the call ends with."""
    try:
        call(*arguments, **body)
    except Refused as refused:
        return refused.problems[0].code
    raise AssertionError("it was taken")
