"""Categories of QuickBooks: found, made with those above them, refused in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.mapping.catalog.categories import waits
from shared.mapping.catalog.plan import CatalogPlan, ConflictKind, OperationKind
from shared.mapping.catalog.standing import BooksItem
from shared.settings.loader import SettingsError, load
from tests.unit.mapping.catalog.catalogue import BOOKS, item, linked, only, planned, product, settings, used

MAKING = settings(categories={"14": "Light:Lamps: Desk ", "3": "Light"}, make_categories=True)


def category(number: int, name: str, above: BooksItem | None = None, **row: Any) -> BooksItem:
    if above is not None:
        row |= {"FullyQualifiedName": f"{above.full_name}:{name}", "ParentRef": {"value": above.id}}
    return item(number, name, Type="Category", **row)


def steps(found: CatalogPlan) -> list[tuple[str, str]]:
    return [(one.full_name, one.parent) for one in found.categories]


def test_a_missing_category_is_made_with_those_above_it_the_upper_ones_first() -> None:
    found = planned([product(1, "A", categories=(14,)), product(2, "B", categories=(14,))], chosen=MAKING)
    assert steps(found) == [("Light", ""), ("Light:Lamps", "Light"), ("Light:Lamps:Desk", "Light:Lamps")]
    assert [dict(one.body) for one in found.categories] == [
        {"Name": name, "Type": "Category"} for name in ("Light", "Lamps", "Desk")
    ]
    assert found.categories[1].link_key == "7:item:category:light:lamps"
    assert all(waits(one) for one in found.operations) and len(found.operations) == 2


def test_what_stands_is_used_and_only_the_rest_is_made_below_it() -> None:
    light = category(40, "LIGHT")
    found = planned([product(1, "A", categories=(14,)), product(2, "B", categories=(3,))], [light], chosen=MAKING)
    assert steps(found) == [("Light:Lamps", ""), ("Light:Lamps:Desk", "Light:Lamps")]
    assert found.categories[0].body["ParentRef"] == {"value": "40"}
    assert [waits(one) for one in found.operations] == [True, False]
    assert found.operations[1].body["ParentRef"] == {"value": "40"}


def test_only_categories_that_a_product_needs_are_made() -> None:
    assert planned([product(1, "A", categories=(99,))], chosen=MAKING).categories == ()
    standing = [item(12, "A", "A")], used(("A", "12")), [linked(1, "12")]
    assert planned([product(1, "A", categories=(14,))], *standing, chosen=MAKING).categories == ()


def test_a_category_that_people_renamed_is_not_made_again() -> None:
    renamed = category(40, "Lighting")
    found = planned([product(1, "A", categories=(3,))], [renamed], {"7:item:category:light": "40"}, chosen=MAKING)
    assert found.categories == ()
    assert only(found).body["ParentRef"] == {"value": "40"}


def test_an_inactive_category_comes_back() -> None:
    asleep = category(40, "Light (deleted)", Active=False)
    [revived] = planned([product(1, "A", categories=(3,))], [asleep], chosen=MAKING).categories
    assert revived.body == {"Id": "40", "SyncToken": "0", "sparse": True, "Active": True, "Name": "Light"}


def test_what_quickbooks_refused_is_told_in_its_words_and_others_go_on() -> None:
    found = planned(
        [product(1, "A", categories=(14,)), product(2, "B")], chosen=MAKING, no_categories={"light": "it is a service"}
    )
    [conflict] = found.conflicts
    assert conflict.kind is ConflictKind.CATEGORY_MISSING
    assert "'Light' can't be made: it is a service" in conflict.text
    assert (found.categories, only(found).sku) == ((), "B")


def test_a_company_without_categories_is_told_so() -> None:
    books = replace(BOOKS, company=replace(BOOKS.company, has_categories=False))
    found = planned([product(1, "A", categories=(3,)), product(2, "B")], chosen=MAKING, books=books)
    [conflict] = found.conflicts
    assert (conflict.kind, conflict.setting) == (ConflictKind.CATEGORIES_OFF, "products.categories")
    assert (only(found).kind, only(found).sku) == (OperationKind.CREATE, "B")


def test_without_the_setting_the_product_waits() -> None:
    found = planned([product(1, "A", categories=(3,))], chosen=settings(categories={"3": "Light"}))
    assert ([one.kind for one in found.conflicts], found.categories) == ([ConflictKind.CATEGORY_MISSING], ())


def test_the_shops_tree_is_followed_to_the_lowest_category_of_the_product_and_four_levels_at_most() -> None:
    chosen = settings(mirror_categories=True, make_categories=True, categories={"3": "Light"})
    paths = {9: "Home", 12: "Home:Desk", 11: "Home:Shelf", 20: "A:B:C:D:E"}

    def lowest(*numbers: int) -> str:
        own = product(1, "A", categories=numbers, category_paths={one: paths[one] for one in numbers if one in paths})
        return ([""] + [one.full_name for one in planned([own], chosen=chosen).categories])[-1]

    assert lowest(9, 11, 12) == "Home:Shelf"
    assert lowest(9, 20) == "A:B:C:D"
    assert lowest(3, 20) == "Light"
    assert lowest() == ""


@pytest.mark.parametrize("name", ["", "a:b:c:d:e", "Light:", "Light::Lamps", " : "])
def test_what_is_no_category_is_refused_with_the_settings(name: str) -> None:
    head = 'connection = "main"\n[magento]\nurl = "https://shop.example"\n[quickbooks]\nrealm = "7"\n'
    with pytest.raises(SettingsError):
        load(f'{head}[products.categories]\n"3" = "{name}"\n', "main.toml")
