"""Why a sale can't be booked now: in plain words, with the setting that would help."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Codes for counting. Those of the shop's side come first."""

    UNREADABLE = "unreadable"
    LINES_DIFFER = "lines_differ"
    TOTALS_DIFFER = "totals_differ"
    PARTLY_CANCELLED = "partly_cancelled"
    CANCELLED = "cancelled"
    STATE_NOT_CHOSEN = "state_not_chosen"
    BEFORE_START_DATE = "before_start_date"
    COUNTRY_NOT_SUPPORTED = "country_not_supported"
    CURRENCY_NOT_SUPPORTED = "currency_not_supported"
    TENDER_NOT_MAPPED = "tender_not_mapped"
    TAX_NOT_MAPPED = "tax_not_mapped"
    TAX_OFF = "tax_off"
    DISCOUNTS_OFF = "discounts_off"
    NUMBERS_OFF = "numbers_off"
    NUMBER_TAKEN = "number_taken"
    NAME_TAKEN = "name_taken"
    ITEM_MISSING = "item_missing"
    REFERENCE_MISSING = "reference_missing"
    DOCUMENT_DIFFERS = "document_differs"
    BOOKS_DIFFER = "books_differ"
    DOCUMENT_GONE = "document_gone"
    BOOKS_CLOSED = "books_closed"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"


OF_THE_COMPANY = frozenset(
    {
        Reason.COUNTRY_NOT_SUPPORTED,
        Reason.CURRENCY_NOT_SUPPORTED,
        Reason.TAX_NOT_MAPPED,
        Reason.TAX_OFF,
        Reason.DISCOUNTS_OFF,
        Reason.NUMBERS_OFF,
        Reason.BOOKS_CLOSED,
    }
)
"""Reasons that may end when somebody changes the company's ways (`books.Company`) in QuickBooks."""


class Parked(Exception):
    """The sale waits. It is planned again when its snapshot or the settings change, and when the books have what they
    lacked: `lacks` says what that is, in the words of `shared.quickbooks.listed.words`, "" for nothing."""

    def __init__(self, reason: Reason, text: str, setting: str = "", *, lacks: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.setting = setting
        self.lacks = lacks
