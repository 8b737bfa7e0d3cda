"""What a tax model is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.totals import Rate, Totals

Line = dict[str, Any]
Form = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """A tax code with its rates on sales."""

    id: str
    name: str
    group: bool
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Taxation:
    """A form with its tax. lines: amounts without tax; detail: the TxnTaxDetail of the answer."""

    lines: list[Line]
    totals: Totals
    detail: dict[str, Any]


class TaxModel(Protocol):
    """One way in which a company's sales are taxed."""

    @property
    def line_code(self) -> str | None:
        """The code of a line that names none."""

    def check(self, form: Form, settings: CompanySettings) -> None:
        """Raises Refused for what a form may not say in this model, whatever the codes are."""

    def is_taxed(self, line: Line, codes: Mapping[str, Code]) -> bool:
        """Whether tax is due on the item line."""

    def settle(
        self, form: Form, lines: list[Line], codes: Mapping[str, Code], settings: CompanySettings, *, exempt: bool
    ) -> Taxation:
        """The tax on priced lines. exempt: the customer isn't taxable (US). Raises Refused 6000, 6070."""


def line_code(line: Line) -> str | None:
    """The tax code on an item line."""
    value: str | None = line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value")
    return value
