"""What holds for every catalogue, whatever stands in the books: see the names of the tests."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.commerce.product import Product, ProductKey, ProductKind
from shared.mapping.catalog.alone import update_alone
from shared.mapping.catalog.plan import CatalogPlan, OperationKind
from shared.mapping.catalog.standing import BooksItem, ProductLink
from shared.mapping.identity import identity_of, product_link, sku_link
from shared.settings.model import Settings
from tests.unit.mapping.catalog import catalogue
from tests.unit.mapping.catalog.catalogue import World, planned

# Few of each, so that they meet: SKUs by case, spaces and characters that no name may hold.
SKUS = ("A", "a", "A:1", "A-1", "B  2", "B 2", "C", "D\t3", "é", "A (item)", "A - 2", "X" * 64, "straße", "STRASSE")
NAMES = ("Lamp", "lamp", "Lamp: red", "Lamp- red", "", "A", "N" * 120, "STRASSE", "Straße")
KINDS = (ProductKind.GOODS, ProductKind.GOODS, ProductKind.SERVICE, ProductKind.PARENT)
Standing = tuple[list[BooksItem], dict[str, str], list[ProductLink]]
owners = st.sampled_from(("shop", "create", "books"))
written = st.sampled_from(("shop", "create"))


@st.composite
def products(draw: st.DrawFn) -> list[Product]:
    found = []
    for number in range(1, draw(st.integers(0, 7)) + 1):
        if draw(st.integers(0, 6)) == 0:
            found.append(Product(ProductKey("main", number), deleted=True))
            continue
        values: dict[str, Any] = {
            "name": draw(st.sampled_from(NAMES)),
            "enabled": draw(st.integers(0, 4)) > 0,
            "price": draw(st.sampled_from((None, Decimal(0), Decimal("9.99"), Decimal("1.23456")))),
            "cost": draw(st.sampled_from((None, Decimal(4)))),
            "kind": draw(st.sampled_from(KINDS)),
            "manages_stock": draw(st.booleans()),
            "tax_class": draw(st.sampled_from(("0", "2"))),
        }  # fmt: skip
        found.append(catalogue.product(number, draw(st.sampled_from(SKUS)), **values))
    return found


@st.composite
def books(draw: st.DrawFn) -> Standing:
    items: list[BooksItem] = []
    names = draw(st.lists(st.sampled_from((*SKUS, *NAMES, "Lamp (A)")), unique_by=str.casefold, max_size=7))
    for number, name in enumerate((name.replace(":", "-")[:100].strip() for name in names), 11):
        if not name or name.casefold() in {one.name.casefold() for one in items} or "\t" in name:
            continue
        active = draw(st.booleans())
        row: dict[str, Any] = {
            "Active": active,
            "Type": draw(st.sampled_from(("NonInventory", "Inventory", "Service", "Category", "Group"))),
            "UnitPrice": draw(st.sampled_from((None, Decimal("9.99"), 3))),
            "QtyOnHand": draw(st.sampled_from((None, 0, 2))),
        }
        shown = name if active or draw(st.booleans()) else f"{name[:90]} (deleted)"
        items.append(catalogue.item(number, shown, draw(st.sampled_from(("", *SKUS))), **row))
    numbers = st.sampled_from([one.id for one in items] or ["99"])
    skus = catalogue.used(*draw(st.lists(st.tuples(st.sampled_from(SKUS), numbers), max_size=4)))
    keys = st.sampled_from(
        [ProductKey("main", 1), ProductKey("main", 2), ProductKey("main", 7), ProductKey("other", 1)]
    )
    owned = draw(st.dictionaries(keys, numbers, max_size=3))
    return items, skus, [ProductLink(key, number, "x") for key, number in owned.items()]


@st.composite
def chosen(draw: st.DrawFn) -> Settings:
    fields = ("sku", "description", "purchase_description", "price", "cost", "taxable", "category")
    return catalogue.settings(
        items={"match": draw(st.sampled_from(("sku", "sku", "name")))},
        goods=draw(st.sampled_from(("inventory", "noninventory", "service"))),
        names=draw(st.sampled_from(("sku", "name"))),
        disabled=draw(st.sampled_from(("keep", "inactive"))),
        deleted=draw(st.sampled_from(("keep", "inactive"))),
        revive=draw(st.booleans()),
        owners={**{name: draw(owners) for name in fields}, "name": draw(written), "accounts": draw(written)},
    )


cases = given(products(), books(), chosen())


@cases
@settings(max_examples=150)
def test_once_a_plan_is_applied_there_is_nothing_more_to_do(
    products: list[Product], books: Standing, chosen: Settings
) -> None:
    """A name that an item gives up is another's in the next plan: operations of one may be done in any order."""
    world = World.of(*books)
    done = planned(products, *books, chosen=chosen)
    for _ in products:
        world.apply(done)
        if not any(one.item_id is not None and "Name" in one.body for one in done.operations):
            break
        done = world.planned(products, chosen)
    rest = world.planned(products, chosen)
    assert rest.operations == (), "\n".join(map(str, (*done.operations, "then", *rest.operations)))


@cases
@settings(max_examples=60)
def test_every_product_is_accounted_for_once_and_every_item_is_changed_once(
    products: list[Product], books: Standing, chosen: Settings
) -> None:
    found = planned(products, *books, chosen=chosen)
    told = Counter([one.product_id for one in found.operations] + [one.product_id for one in found.skipped])
    waiting = {number for one in found.conflicts for number in one.products}
    assert max(told.values(), default=0) <= 1
    assert len(told.keys() | waiting) + found.unchanged >= len(products)
    assert len(told) + found.unchanged <= len(products)
    for each in ([one.item_id for one in found.operations if one.item_id], [one.link_key for one in found.operations]):
        assert len(set(each)) == len(each)


@cases
@settings(max_examples=60)
def test_the_plan_does_not_depend_on_the_order_in_which_things_come(
    products: list[Product], books: Standing, chosen: Settings
) -> None:
    def shuffled(some: list[Any]) -> list[Any]:
        return Random(5).sample(some, len(some))

    items, skus, links = books
    expected = planned(products, *books, chosen=chosen)
    assert planned(shuffled(products), shuffled(items), skus, shuffled(links), chosen) == expected


@cases
@settings(max_examples=200)
def test_an_update_that_is_planned_alone_is_the_one_of_the_whole_plan(
    products: list[Product], books: Standing, chosen: Settings
) -> None:
    """Of products that have their items: some change their prices, and are all called alike from now on."""
    world = World.of(*books)
    world.apply(world.planned(products, chosen))
    dearer = [replace(one, price=Decimal(77), name="Lamp") if one.key.id % 2 else one for one in products]
    whole = world.planned(dearer, chosen)
    items = {one.id: one for one in world.items()}
    shared = Counter(link.item_id for link in world.links.values())
    for one in dearer:
        identity = identity_of(one.sku, chosen.items.match)
        link = world.links.get(product_link(catalogue.REALM, one.key))
        used = world.skus.get(sku_link(catalogue.REALM, identity))
        waits = any(one.key.id in each.products for each in whole.conflicts)
        if one.deleted or link is None or link.item_id not in items or used != link.item_id or waits:
            continue
        alone = update_alone(one, items[link.item_id], link, catalogue.BOOKS, chosen)
        if alone is not None and shared[link.item_id] == 1:
            assert alone in whole.operations


@cases
@settings(max_examples=60)
def test_fields_that_the_books_own_are_never_written(
    products: list[Product], books: Standing, chosen: Settings
) -> None:
    found: CatalogPlan = planned(products, *books, chosen=chosen)
    fields = {"price": "UnitPrice", "description": "Description", "sku": "Sku", "cost": "PurchaseCost"}
    theirs = {field for name, field in fields.items() if getattr(chosen.products.owners, name) == "books"}
    for operation in found.operations:
        assert not theirs & set(operation.body)
        if operation.kind is not OperationKind.CREATE:
            assert "Type" not in operation.body
