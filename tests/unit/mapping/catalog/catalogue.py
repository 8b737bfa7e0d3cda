"""Catalogues and books for tests, and books that do what a plan says as QuickBooks would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from shared.commerce.product import Product, ProductKey
from shared.mapping.books import Books, Company
from shared.mapping.catalog.plan import CatalogPlan, ItemOperation, OperationKind
from shared.mapping.catalog.planning import Sources, plan
from shared.mapping.catalog.standing import BooksItem, ProductLink, read_item
from shared.mapping.identity import identity_of, product_link, sku_link
from shared.settings.model import ItemMatch, Settings

ACCOUNTS = {
    "sales of product income": "1",
    "services": "2",
    "cost of goods sold": "6",
    "inventory asset": "7",
}
BOOKS = Books(Company(country="US", home_currency="USD"), {"Account": ACCOUNTS})
REALM = "7"


def settings(workflow: str = "all", items: dict[str, Any] | None = None, **products: Any) -> Settings:
    return Settings.model_validate(
        {
            "connection": "main",
            "magento": {"url": "https://shop.example"},
            "quickbooks": {"realm": REALM},
            "items": items or {},
            "products": {"workflow": workflow, **products},
        }
    )


def product(number: int, sku: str, **values: Any) -> Product:
    given = {"name": "Thing", "type": "simple", "price": Decimal("9.99"), "tax_class": "2"}
    created = {"created_on": date(2026, 1, 2), "quantity": Decimal(5)}
    return Product(key=ProductKey("main", number), sku=sku, **{**given, **created, **values})


def item(number: int, name: str, sku: str = "", **row: Any) -> BooksItem:
    usual = {
        "Id": str(number), "SyncToken": "0", "Name": name, "FullyQualifiedName": name, "Sku": sku,
        "Type": "NonInventory", "Active": True, "IncomeAccountRef": {"value": "1"}, "UnitPrice": Decimal("9.99"),
        "Taxable": True, "Description": "Thing",
    }  # fmt: skip
    return read_item({**usual, **row})


def used(*pairs: tuple[str, str]) -> dict[str, str]:
    """Links of SKUs, given as (SKU, item)."""
    return {sku_link(REALM, identity_of(sku, ItemMatch.SKU)): number for sku, number in pairs}


def linked(number: int, item_id: str, connection: str = "main") -> ProductLink:
    return ProductLink(ProductKey(connection, number), item_id)


def planned(
    products: Iterable[Product],
    items: Iterable[BooksItem] = (),
    skus: Mapping[str, str] | None = None,
    links: Iterable[ProductLink] = (),
    chosen: Settings | None = None,
    **sources: Any,
) -> CatalogPlan:
    return plan(
        products, Sources(items, skus or {}, links, sources.pop("books", BOOKS), **sources), chosen or settings()
    )


def only(found: CatalogPlan) -> ItemOperation:
    assert len(found.operations) == 1, found
    return found.operations[0]


class NameRefused(Exception):
    """QuickBooks' 6240, or a name that it can't take."""


@dataclass
class World:
    """Items as their objects, and links by key."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    skus: dict[str, str] = field(default_factory=dict)
    links: dict[str, ProductLink] = field(default_factory=dict)

    @classmethod
    def of(
        cls, items: Iterable[BooksItem], skus: Mapping[str, str] | None = None, links: Iterable[ProductLink] = ()
    ) -> World:
        by_key = {product_link(REALM, one.product): one for one in links}
        return cls({one.id: _row(one) for one in items}, dict(skus or {}), by_key)

    def items(self) -> list[BooksItem]:
        return [read_item(row) for row in self.rows.values()]

    def planned(self, products: Iterable[Product], chosen: Settings | None = None) -> CatalogPlan:
        return planned(products, self.items(), self.skus, self.links.values(), chosen)

    def apply(self, found: CatalogPlan) -> None:
        for operation in found.operations:
            self._apply(operation)

    def _apply(self, operation: ItemOperation) -> None:
        body = dict(operation.body)
        if operation.kind is OperationKind.CREATE:
            assert operation.item_id is None
            number = str(max((int(one) for one in self.rows), default=0) + 1)
            self._check_name(body["Name"], number)
            self.rows[number] = {"Id": number, "SyncToken": "0", "Active": True, **_named(body)}
        else:
            assert operation.item_id is not None
            number = operation.item_id
            if body:
                row = self.rows[number]
                assert body.pop("Id") == number
                assert body.pop("SyncToken") == row["SyncToken"]
                assert body.pop("sparse") is True
                self._check_name(body.get("Name", row["Name"]), number)
                self.rows[number] = _named({**row, **body, "SyncToken": str(int(row["SyncToken"]) + 1)})
        if operation.link_key != operation.product_link:
            assert self.skus.get(operation.link_key) in (None, number, operation.replaces)
            self.skus[operation.link_key] = number
        self.links[operation.product_link] = ProductLink(operation.product, number, operation.content_hash)

    def _check_name(self, name: str, number: str) -> None:
        others = {row["Name"].casefold() for other, row in self.rows.items() if other != number}
        if name.casefold() in others or not 0 < len(name) <= 100 or set(name) & set(":\t\n") or name != name.strip():
            raise NameRefused(name)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "FullyQualifiedName": row["Name"]}


def _row(one: BooksItem) -> dict[str, Any]:
    row = {
        "Id": one.id, "SyncToken": one.sync_token, "Name": one.name, "Sku": one.sku, "Type": one.type,
        "Active": one.active, "FullyQualifiedName": one.full_name, "Description": one.description,
        "UnitPrice": one.price, "PurchaseCost": one.cost, "QtyOnHand": one.on_hand,
        "IncomeAccountRef": {"value": one.income_account}, "ExpenseAccountRef": {"value": one.expense_account},
    }  # fmt: skip
    return row if one.taxable is None else {**row, "Taxable": one.taxable}


def changed(one: Product, **values: Any) -> Product:
    return replace(one, **values)
