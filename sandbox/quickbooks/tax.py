"""The company's tax codes as values, for the tax models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.store import Company
from sandbox.quickbooks.taxation import Code, model_of
from sandbox.quickbooks.totals import Rate


class CodeBook(Mapping[str, Code]):
    """The tax codes of a company by id, for one form: each is read once, when it is asked for.

    Raises KeyError for an unknown one.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._codes: dict[str, Code] = {}

    def __getitem__(self, code_id: str) -> Code:
        if code_id not in self._codes:
            self._codes[code_id] = self._code(code_id)
        return self._codes[code_id]

    def _code(self, code_id: str) -> Code:
        document = self._company.need("TaxCode", code_id).document
        entries = document["SalesTaxRateList"]["TaxRateDetail"]
        rates = tuple(self._rate(entry["TaxRateRef"]["value"]) for entry in entries)
        return Code(code_id, document["Name"], bool(document["TaxGroup"]), rates)

    def __iter__(self) -> Iterator[str]:
        return (record.id for record in self._company.rows("TaxCode"))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _rate(self, rate_id: str) -> Rate:
        document = self._company.need("TaxRate", rate_id).document
        return Rate(rate_id, Decimal(document["RateValue"]), document.get("DisplayType") == "ReadOnly")


def is_taxed(company: Company, line: dict[str, Any]) -> bool:
    """Whether tax is due on the item line of a stored form."""
    return model_of(company.settings).is_taxed(line, CodeBook(company))
