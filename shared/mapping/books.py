"""What the mapping must know of the company: its ways, and the ids behind the names that settings use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.mapping.parked import Parked, Reason


@dataclass(frozen=True, slots=True)
class Company:
    """The company's ways, from CompanyInfo and Preferences."""

    country: str
    home_currency: str
    multicurrency: bool = False
    custom_numbers: bool = True
    allows_discount: bool = True
    uses_sales_tax: bool = True
    automated_tax: bool = True
    class_per_document: bool = False
    class_per_line: bool = False
    tracks_locations: bool = False
    tracks_quantity: bool = True
    has_categories: bool = True
    closed_until: str = ""
    """The last day on which the books are closed; "" while they are open."""


@dataclass(frozen=True, slots=True)
class Books:
    """The company and its reference lists: entity -> lower-case name -> Id."""

    company: Company
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def ref(self, entity: str, name: str, setting: str) -> dict[str, str]:
        """The reference to a list entry. Raises Parked, naming the setting, when the company has none of that name."""
        found = self.names.get(entity, {}).get(name.lower())
        if found is None:
            raise Parked(
                Reason.REFERENCE_MISSING,
                f"QuickBooks has no active {_WORDS.get(entity, entity)} named {name!r}, which {setting} asks for",
                setting,
                lacks=f"{entity}:name={name.lower()}",
            )
        return {"value": found}


_WORDS = {
    "Account": "account",
    "Class": "class",
    "Department": "location",
    "PaymentMethod": "payment method",
    "TaxCode": "tax code",
}
