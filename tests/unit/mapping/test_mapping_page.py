"""docs/mapping.md, the page for accountants, says what the code does."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from shared.mapping.parked import Reason
from shared.settings.model import Settings, subsection
from tests.unit.magento.shop_orders import item, order_of, sale_of
from tests.unit.mapping.sales import document

PAGE = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text()


def test_every_reason_that_an_order_may_be_parked_for_is_explained() -> None:
    table = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| (.+?) \|$", PAGE, flags=re.M)
    assert [reason for reason, _, _ in table] == [reason.value for reason in Reason]
    assert all(len(what) > 20 and len(help_) > 5 for _, what, help_ in table)


def test_every_setting_that_the_page_names_exists() -> None:
    named = re.findall(r"`([a-z]+)\.([a-z_]+)(?: = [^`]*)?`", PAGE)
    assert named
    for section, key in named:
        model = subsection(Settings.model_fields[section].annotation)
        assert model is not None
        assert key in model.model_fields, f"{section}.{key}"


def test_the_example_comes_out_as_the_page_shows_it() -> None:
    shown = re.findall(r"^\| \**([A-Za-z ]+?)\** \|\s*\d*\s*\|\s*[\d.]*\s*\| \**(-?[\d.]+)\** \|$", PAGE, flags=re.M)
    hats = item(1, "HAT", "24.99", "2", name="Hat", discount_amount=Decimal("5.00"), tax_amount=Decimal("3.71"))
    mug = item(2, "MUG", "7.00", name="Mug", discount_amount=Decimal("0.70"), tax_amount=Decimal("0.52"))
    order = order_of(
        hats | {"row_total": Decimal("44.98"), "row_total_incl_tax": Decimal("48.69")},
        mug | {"row_total": Decimal("6.30"), "row_total_incl_tax": Decimal("6.82")},
        subtotal="56.98", grand_total="60.51", discount_amount=Decimal("-5.70"), tax_amount=Decimal("4.23"),
        shipping_amount=Decimal("5.00"), shipping_description="Shipping",
    )  # fmt: skip
    body = document(sale_of(order)).body
    lines = [(one.get("Description", "Discount"), one["Amount"]) for one in body["Line"]]
    lines[-1] = ("Discount", -lines[-1][1])
    total = sum((amount for _, amount in lines), body["TxnTaxDetail"]["TotalTax"])
    expected = [*lines, ("Sales tax", body["TxnTaxDetail"]["TotalTax"]), ("Total", total)]
    assert [(name, Decimal(amount)) for name, amount in shown] == expected
