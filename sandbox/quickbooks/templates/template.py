"""What a company template says: everything a company has before anyone writes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart. currency: None is the company's own."""

    name: str
    kind: str
    subtype: str
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Agency:
    """A tax agency. payable: the name of the account of what is owed to it; None leaves it to the books."""

    id: str
    name: str
    payable: str | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate. percent: a number, or the part of the setting tax_percent that falls to state or locality."""

    id: str
    name: str
    percent: Decimal | Literal["state", "local"]
    agency: str = "1"
    special: str = "NONE"
    display: str | None = None
    description: str = "Sales Tax"


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code and the ids of its rates on sales."""

    id: str
    name: str
    rates: tuple[str, ...] = ()
    taxable: bool = True
    group: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An item that is there from the start; the parts make it a bundle, which the API can't create."""

    id: str
    name: str
    kind: str
    price: Decimal | None = None
    tax_code: str | None = None
    parts: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A company to start from. settings: switches that differ from the defaults of CompanySettings."""

    name: str
    summary: str
    settings: Mapping[str, Any]
    address: Mapping[str, str]
    time_zone: str
    phone: str
    accounts: tuple[Account, ...]
    agencies: tuple[Agency, ...]
    rates: tuple[Rate, ...]
    codes: tuple[TaxCode, ...]
    items: tuple[Item, ...] = ()
    customers: tuple[tuple[str, str], ...] = ()
    """Names and currencies."""
    exchange_rates: tuple[tuple[str, str, Decimal], ...] = ()
    """Currency, day from which it holds, home units per foreign unit."""

    @property
    def country(self) -> str:
        """Two letters, as CompanyInfo.Country has it."""
        return str(self.settings.get("country", "US"))
