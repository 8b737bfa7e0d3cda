"""Whatever is done to a company, and in whatever order, its books keep their rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.store import Record
from tests.contract.quickbooks_sandbox.accounting_rules import REPORTED_AT_ONCE, check_books
from tests.contract.quickbooks_sandbox.company import Firm, adjusted, booked, chair, fee, settles, sold

AMOUNTS = st.integers(1, 20_000).map(lambda cents: Decimal(cents) / 100)
QUANTITIES = st.sampled_from([Decimal(n) for n in ("1", "2", "3", "7", "0.5", "0.333")])
CUSTOMERS = st.sampled_from(["1", "2", "4"])  # the second pays in euros, the last in dollars as the first
RATES = st.sampled_from([Decimal(rate) for rate in ("1", "1.1", "0.5", "1.08351", "0.00731")])
FORMS = st.sampled_from(["SalesReceipt", "Invoice", "Invoice", "Invoice", "CreditMemo", "RefundReceipt"])
PLACES = st.integers(0, 10_000)  # which of the documents: the number modulo how many there are
EXPECTED = {"610", "620", "800", "6000", "6540", "2290", "6270"}  # refusals that random requests may meet


class BooksMachine(RuleBasedStateMachine):
    """Random documents, changes and removals; a refused one leaves nothing behind."""

    @initialize(
        unapply=st.booleans(),
        cost=st.sampled_from([Decimal("3"), Decimal("0.0033"), Decimal("2.3333333")]),
        below=st.sampled_from(["unapply", "refuse"]),
    )
    def begin(self, unapply: bool, cost: Decimal, below: str) -> None:
        self.firm = Firm(
            multicurrency=True,
            invoice_below_payments=below,
            delete_linked="unapply" if unapply else "refuse",
            deposit_takes_invoices="take",
        )
        self.firm.create("Customer", DisplayName="Cat")
        self.firm.create("Item", **chair("Stool", quantity=5, cost=cost))
        self.made: list[tuple[str, str]] = []
        euros = {"CustomerRef": {"value": "2"}, "ExchangeRate": Decimal("1.1111")}
        dollars = {"CustomerRef": {"value": "1"}}
        for body in (euros, dollars):
            for kind, amount in (("Invoice", "10.01"), ("Invoice", "33.35"), ("CreditMemo", "20.5")):
                self._try(self.firm.create, kind, Line=[sold(Decimal(amount), item="3", quantity=2)], **body)

    @rule(kind=FORMS, customer=CUSTOMERS, rate=RATES, data=st.data())
    def sell(self, kind: str, customer: str, rate: Decimal, data: st.DataObject) -> None:
        self._try(self.firm.create, kind, **self._form(kind, customer, rate, data))

    @rule(place=PLACES, share=st.sampled_from([1, 1, 2, 3]), rate=RATES, extra=st.sampled_from([0, 0, 7]))
    def pay(self, place: int, share: int, rate: Decimal, extra: int) -> None:
        """A whole open item, or a part of it."""
        item = self._open(place)
        if item is not None:
            self._pay(item, [settles(item, round(item.document["Balance"] / share, 2))], rate, extra)

    @rule(places=st.lists(PLACES, min_size=1, max_size=3), rate=RATES, data=st.data())
    def pay_several(self, places: list[int], rate: Decimal, data: st.DataObject) -> None:
        """Any documents, open or not, of one customer or not."""
        rows = [row for kind in ("Invoice", "CreditMemo") for row in self.firm.company.rows(kind)]
        chosen = [rows[place % len(rows)] for place in places if rows]
        if chosen:
            amounts = st.sampled_from([*(row.document["Balance"] for row in chosen), Decimal("0.03")])
            self._pay(chosen[0], [settles(row, data.draw(amounts)) for row in chosen], rate, 1)

    @rule(place=PLACES, share=st.sampled_from([1, 2]), other=PLACES)
    def pay_otherwise(self, place: int, share: int, other: int) -> None:
        """A payment's amounts changed, or its lines gone over to another document."""
        payment, item = self._one("Payment", place), self._open(other)
        if payment is not None:
            lines = [{**line, "Amount": round(line["Amount"] / share, 2)} for line in payment.document["Line"]]
            if share == 1 and item is not None:
                lines = [settles(item, Decimal("0.01"))]
            self._try(self.firm.update, payment, Line=lines)

    @rule(
        places=st.lists(PLACES, min_size=1, max_size=3),
        bank_fee=st.sampled_from([Decimal(1) / 100, Decimal(3)]),
        euros=st.booleans(),
        rate=RATES,
    )
    def deposit(self, places: list[int], bank_fee: Decimal, euros: bool, rate: Decimal) -> None:
        kinds = ("SalesReceipt", "Payment", "Payment", "RefundReceipt", "Invoice")
        rows = [row for kind in kinds for row in self.firm.company.rows(kind)]
        rows = [row for row in rows if (row.document["CurrencyRef"]["value"] == "EUR") == euros]
        if not rows:
            return
        chosen = {row.id: row for row in (rows[place % len(rows)] for place in places)}
        lines = [settles(row, _in_funds(row), "0") for row in chosen.values()]
        money = {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": rate} if euros else {"CurrencyRef": {"value": "USD"}}
        body = {"DepositToAccountRef": {"value": "5"}, "Line": [*lines, fee(-bank_fee)], **money}
        if _leaves_something(lines, bank_fee):
            body["CashBack"] = {"AccountRef": {"value": "13"}, "Amount": Decimal("0.01")}
        self._try(self.firm.create, "Deposit", **body)

    @rule(side=st.booleans(), amount=AMOUNTS, customer=st.sampled_from(["1", "4"]))
    def journal(self, side: bool, amount: Decimal, customer: str) -> None:
        first, second = ("Debit", "Credit") if side else ("Credit", "Debit")
        self._try(
            self.firm.create, "JournalEntry", Line=[booked(first, "8", amount, customer), booked(second, "2", amount)]
        )

    @rule(item=st.booleans(), quantity=QUANTITIES, less=st.booleans())
    def adjust(self, item: bool, quantity: Decimal, less: bool) -> None:
        line = adjusted(self._items()[item], -quantity if less else quantity)
        self._try(
            self.firm.create, "InventoryAdjustment", AdjustAccountRef={"value": "15"}, TxnDate="2026-03-01", Line=[line]
        )

    @rule(item=st.booleans(), quantity=QUANTITIES, cost=AMOUNTS)
    def count_stock(self, item: bool, quantity: Decimal, cost: Decimal) -> None:
        record = self.firm.company.need("Item", self._items()[item])
        self._try(self.firm.update, record, QtyOnHand=quantity, InvStartDate="2026-03-01", PurchaseCost=cost)

    @rule(place=PLACES, whole=st.booleans(), rate=RATES, data=st.data())
    def change(self, place: int, whole: bool, rate: Decimal, data: st.DataObject) -> None:
        kind = data.draw(FORMS)
        form = self._one(kind, place)
        if form is not None:
            body = self._form(kind, form.document["CustomerRef"]["value"], rate, data)
            self._try(self.firm.replace if whole else self.firm.update, form, **body)

    @rule(place=PLACES)
    def void(self, place: int) -> None:
        record = self._any(place)
        if record is not None and record.entity in ("Invoice", "SalesReceipt", "Payment"):
            self._try(self.firm.void, record)

    @rule(place=PLACES)
    def delete(self, place: int) -> None:
        record = self._any(place)
        if record is not None:
            self._try(self.firm.delete, record)

    @invariant()
    def books_keep_their_rules(self) -> None:
        if hasattr(self, "firm"):
            check_books(self.firm.company)

    def _try(self, call: Any, *arguments: Any, **body: Any) -> None:
        try:
            with self.firm.company.atomic():
                record = call(*arguments, **body)
        except Refused as refused:
            assert {problem.code for problem in refused.problems} <= EXPECTED, refused
            return
        if (record.entity, record.id) not in self.made:
            self.made.append((record.entity, record.id))

    def _form(self, kind: str, customer: str, rate: Decimal, data: st.DataObject) -> dict[str, Any]:
        lines = [sold(data.draw(AMOUNTS), tax=data.draw(st.sampled_from(["TAX", "NON"])))]
        lines += [
            sold(data.draw(AMOUNTS), item=self._items()[item], quantity=data.draw(QUANTITIES))
            for item in data.draw(st.lists(st.booleans(), max_size=2))
        ]
        if data.draw(st.booleans()):
            off = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"DiscountPercent": Decimal("3.3")}}
            lines.append(off | {"Amount": Decimal(0)})
        tax = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}} if data.draw(st.booleans()) else {}
        paid = {"Deposit": Decimal("0.01")} if kind == "Invoice" and data.draw(st.booleans()) else {}
        where = {"DepositToAccountRef": {"value": "4"}} if kind == "RefundReceipt" else {}
        return {"CustomerRef": {"value": customer}, "Line": lines, **tax, **paid, **where, **self._rate(customer, rate)}

    def _pay(self, item: Record, lines: list[dict[str, Any]], rate: Decimal, extra: int) -> None:
        customer = item.document["CustomerRef"]["value"]
        total = sum(
            (-line["Amount"] if line["LinkedTxn"][0]["TxnType"] == "CreditMemo" else line["Amount"] for line in lines),
            Decimal(extra),
        )
        body = {"CustomerRef": {"value": customer}, "TotalAmt": max(total, Decimal(0)), "Line": lines}
        self._try(self.firm.create, "Payment", **body, **self._rate(customer, rate))

    def _open(self, place: int) -> Record | None:
        rows = [row for kind in ("Invoice", "CreditMemo") for row in self.firm.company.rows(kind)]
        rows = [row for row in rows if row.document["Balance"]]
        return rows[place % len(rows)] if rows else None

    def _rate(self, customer: str, rate: Decimal) -> dict[str, Any]:
        return {"ExchangeRate": rate} if customer == "2" else {}

    def _items(self) -> list[str]:
        return [item.id for item in self.firm.company.rows("Item") if item.document["Type"] == "Inventory"]

    def _one(self, kind: str, place: int) -> Record | None:
        rows = list(self.firm.company.rows(kind))
        return rows[place % len(rows)] if rows else None

    def _any(self, place: int) -> Record | None:
        there = [
            record for key in self.made if key[0] != "Item" and (record := self.firm.company.get(*key)) is not None
        ]
        return there[place % len(there)] if there else None


def _in_funds(row: Record) -> Decimal:
    if row.entity == "Invoice":
        return Decimal(row.document.get("Deposit", 0))
    total: Decimal = row.document["TotalAmt"]
    return -total if row.entity == "RefundReceipt" else total


def _leaves_something(lines: list[dict[str, Any]], bank_fee: Decimal) -> bool:
    """Whether something is left of the deposit for cash back."""
    return sum((line["Amount"] for line in lines), Decimal(0)) > bank_fee + 1


TestBooksMachine = BooksMachine.TestCase
TestBooksMachine.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    phases=REPORTED_AT_ONCE,
    suppress_health_check=[HealthCheck.too_slow],
)
