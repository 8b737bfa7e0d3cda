"""The company of the demo: books that people have worked in, with a part of the catalogue and of the customers."""

from __future__ import annotations

from typing import Any

from sandbox.demo.control import Books
from sandbox.demo.shelves import COUNTED, counted_item
from sandbox.magento.cart import Buyer
from sandbox.scenarios import people

_SALES_ACCOUNT = {"value": "1", "name": "Sales of Product Income"}


async def furnish(books: Books, *, counted: bool = False) -> None:
    """Multicurrency and automated sales tax on; half of the simple products and some customers are known already. With
    `counted` the books count the pieces of those products."""
    await books.settings(multicurrency=True, using_sales_tax=True, partner_tax="on", custom_txn_numbers=True)
    known = [people.registered(number) for number in range(3)] + [people.company(number) for number in range(2)]
    await books.seed(
        {
            "Item": [_item(sku, name, counted) for sku, name, _ in COUNTED],
            "Customer": [_customer(buyer) for buyer in known],
        }
    )


def _item(sku: str, name: str, counted: bool) -> dict[str, Any]:
    """Under a name of the accountant's own: found by SKU alone."""
    plain = name.replace('"', " in").replace(":", " ")
    if counted:
        return counted_item(sku, plain)
    return {"Name": plain, "Sku": sku, "Type": "NonInventory", "Taxable": True, "IncomeAccountRef": _SALES_ACCOUNT}


def _customer(buyer: Buyer) -> dict[str, Any]:
    name = f"{buyer.firstname} {buyer.lastname}"
    return {
        "DisplayName": f"{buyer.company_name} ({name})" if buyer.company_name else name,
        "GivenName": buyer.firstname,
        "FamilyName": buyer.lastname,
        "CompanyName": buyer.company_name or "",
        "PrimaryEmailAddr": {"Address": buyer.email},
    }
