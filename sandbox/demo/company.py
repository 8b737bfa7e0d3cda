"""The company of the demo: books that people have worked in, with a part of the catalogue and of the customers."""

from __future__ import annotations

from typing import Any

from sandbox.demo.control import Books
from sandbox.magento.cart import Buyer
from sandbox.scenarios import goods, people

_SALES_ACCOUNT = {"value": "1", "name": "Sales of Product Income"}


async def furnish(books: Books) -> None:
    """Multicurrency and automated sales tax on; half of the simple products and some customers are known already."""
    await books.settings(multicurrency=True, using_sales_tax=True, partner_tax="on", custom_txn_numbers=True)
    known = [people.registered(number) for number in range(3)] + [people.company(number) for number in range(2)]
    await books.seed(
        {
            "Item": [_item(sku, name) for sku, name, _ in goods.SIMPLE[::2]],
            "Customer": [_customer(buyer) for buyer in known],
        }
    )


def _item(sku: str, name: str) -> dict[str, Any]:
    """Under a name of the accountant's own: found by SKU alone."""
    plain = name.replace('"', " in").replace(":", " ")
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
