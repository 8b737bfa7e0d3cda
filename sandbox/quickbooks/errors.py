"""Refusals of the QuickBooks API, each with its code, HTTP status and kind of body.

Codes and wordings: Intuit's error code page and recorded answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["en", "fr"]
DuplicateNameForm = Literal["words", "id", "null"]
FaultType = Literal[
    "ValidationFault",
    "SystemFault",
    "AuthenticationFault",
    "AuthorizatonFault",  # so spelt in Intuit's schema and in recorded answers
    "AUTHENTICATION",
    "SERVICE",
]

_FRENCH = {
    "Invoice": "Facture",
    "SalesReceipt": "Reçu de vente",
    "CreditMemo": "Note de crédit",
    "RefundReceipt": "Reçu de remboursement",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of a fault's list of errors."""

    code: str
    message: str
    detail: str
    element: str | None = ""  # None: the entry has no such key

    def as_json(self) -> dict[str, Any]:
        """The entry as the API writes it: capitals in Message and Detail only."""
        entry = {"Message": self.message, "Detail": self.detail, "code": self.code}
        return entry if self.element is None else entry | {"element": self.element}


class Refused(Exception):
    """The request is answered by a fault. Raised by rules; the HTTP layer turns it into a body."""

    def __init__(self, *problems: Problem, status: int = 400, kind: FaultType = "ValidationFault") -> None:
        super().__init__("; ".join(f"{problem.code} {problem.detail}" for problem in problems))
        self.problems = problems
        self.status = status
        self.kind: FaultType = kind


def unsupported(what: str) -> Refused:
    return Refused(Problem("500", "Unsupported Operation", f"Operation {what} is not supported."))


def duplicate_requestid(requestid: str) -> Refused:
    return Refused(Problem("600", "Duplicate Request ID", f"A request with requestid {requestid} is being processed."))


def not_found(entity: str, element: str = "") -> Refused:
    return Refused(
        Problem("610", "Object Not Found", f"Object Not Found : The {entity} you asked for doesn't exist.", element)
    )


def inactive(element: str = "") -> Refused:
    """A referenced object is inactive; the real Detail doesn't tell which one either."""
    detail = (
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees."
    )
    return Refused(Problem("610", "Object Not Found", detail, element))


def invalid_id(value: str) -> Refused:
    return Refused(Problem("2030", "Invalid ID", f"Id should be a valid number. Supplied value:{value}", "Id"))


def unknown_property(name: str) -> Problem:
    return Problem(
        "2010",
        "Request has invalid or unsupported property",
        f"Property Name:{name} specified is unsupported or invalid",
        name,
    )


def missing(name: str) -> Problem:
    return Problem(
        "2020",
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        name,
    )


def bad_characters(name: str) -> Problem:
    return Problem(
        "2040", "Invalid String. Contains invalid characters", f"Property {name} holds a character it may not.", name
    )


def bad_length(name: str, *, low: int, high: int, supplied: int) -> Problem:
    return Problem(
        "2050",
        "String length is either shorter or longer than supported by specification",
        f"String length specified does not match the supported length. Min:{low}, Max:{high}, Supplied:{supplied}",
        name,
    )


def bad_date(name: str, value: object) -> Problem:
    return Problem("2060", "Invalid Date", f"{value!s} is no date of the form YYYY-MM-DD", name)


def bad_number(name: str, value: object) -> Problem:
    return Problem("2090", "Invalid Number", f"{value!s} is no number of at most 15 digits", name)


def bad_enumeration(name: str, value: object, allowed: tuple[str, ...]) -> Problem:
    return Problem("2170", "Invalid Enumeration", f"{value!s} is not one of {', '.join(allowed)}", name)


def bad_email(name: str) -> Problem:
    return Problem("2210", "Invalid Email Address", "The address doesn't follow RFC 822.", name)


def negative_amount(name: str = "Amount") -> Problem:
    return Problem("2290", "Invalid Amount", "The amount of a line must not be negative.", name)


def invalid_reference(entity: str, value: str, element: str) -> Refused:
    detail = f"Invalid Reference Id : {entity} element id {value} not found"
    return Refused(Problem("2500", "Invalid Reference Id", detail, element))


# Recorded faults of queries have no key `element` (quickbooks-node-promise#1, node-quickbooks#56, DotNET-SDK#111).
def query_syntax(detail: str) -> Refused:
    return Refused(Problem("4000", "Error parsing query", f"QueryParserError: {detail}", None))


def query_invalid(detail: str) -> Refused:
    return Refused(Problem("4001", "Invalid query", f"QueryValidationError: {detail}", None))


def stale() -> Refused:
    detail = (
        "Stale Object Error : You and another user were working on this at the same time. "
        "The other user finished before you did, so your work was not saved."
    )
    return Refused(Problem("5010", "Stale Object Error", detail))


def business(detail: str, element: str = "") -> Refused:
    """6000: a rule of the books; only the Detail says which."""
    message = "A business validation error has occurred while processing your request"
    return Refused(Problem("6000", message, f"Business Validation Error: {detail}", element))


def coded(code: str, message: str, detail: str, element: str = "") -> Refused:
    """A refusal with a code of its own and no further shape."""
    return Refused(Problem(code, message, detail, element))


def duplicate_document(number: str, entity: str, holder: str, language: Language) -> Refused:
    """6140; the real Detail speaks the company's language, the type's name included (section 7)."""
    if language == "fr":
        detail = (
            "Numéro de document en double : Vous devez indiquer un autre numéro. Ce numéro a déjà été utilisé. "
            f"DocNumber={number} est affecté à TxnType={_FRENCH.get(entity, entity)} avec TxnId={holder}"
        )
    else:
        detail = (
            "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
            f"DocNumber={number} is assigned to TxnType={entity} with TxnId={holder}"
        )
    return Refused(Problem("6140", "Duplicate Document Number Error", detail))


def duplicate_name(who: str, holder: str, form: DuplicateNameForm) -> Refused:
    """6240. Recorded details differ: words alone, the holder's id at the end, or ": null" without an element."""
    said = "The name supplied already exists."
    message = "Duplicate Name Exists Error"
    if form == "null":
        return Refused(Problem("6240", message, f"{said} : null", None))
    if form == "id":
        return Refused(Problem("6240", message, f"{said} : Id={holder}"))
    detail = f"{said} : Another {who} is already using this name. Please use a different name."
    return Refused(Problem("6240", message, detail))
