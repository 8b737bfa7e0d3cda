"""Bodies: JSON as QuickBooks writes it, the XML it falls back to, and the shapes of its gateway."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.quickbooks.errors import Refused
from shared.wire import encode

JSON_TYPE = "application/json;charset=UTF-8"
XML_TYPE = "application/xml;charset=UTF-8"
HTML_TYPE = "text/html;charset=UTF-8"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0 not even escaped
_SCHEMA = "http://schema.intuit.com/finance/v3"

# What is an attribute in XML, by Intuit's XSD (IntuitRestServiceDef, IntuitBaseTypes).
_ATTRIBUTES = {"QueryResponse": ("startPosition", "maxResults", "totalCount"), "BatchItemResponse": ("bId",)}
_ENTITY_ATTRIBUTES = ("domain", "status", "sparse")


def json_bytes(document: Any) -> bytes:
    """The document with numbers as QuickBooks prints them: 337.50 as 337.5, 75.00 as 75."""
    return encode(_plain(document))


def xml_bytes(document: dict[str, Any], time: str) -> bytes:
    """The same answer in XML, which is what a caller gets that doesn't ask for JSON."""
    inner = "".join(_element(name, value) for name, value in document.items() if name != "time")
    return f'{_XML}<IntuitResponse xmlns="{_SCHEMA}" time="{time}">{_NO_XML.sub("?", inner)}</IntuitResponse>'.encode()


def fault_document(refused: Refused, time: str) -> dict[str, Any]:
    """The usual fault: capital F, capital E."""
    errors = [problem.as_json() for problem in refused.problems]
    return {"Fault": {"Error": errors, "type": refused.kind}, "time": time}


def fault_xml(refused: Refused, time: str) -> bytes:
    """The usual fault as XML: code, element and type are attributes, not elements of their own."""
    return xml_bytes(fault_document(refused, time), time)


def gateway_document(
    *, message: str, code: str, status: int, detail: str | None, kind: str, epoch_ms: int
) -> dict[str, Any]:
    """The lower-case fault of the gateway before the API (seen with 401): time in epoch milliseconds."""
    text = f"message={message}; errorCode={code.zfill(6)}; statusCode={status}"
    error = {"message": text, "detail": detail, "code": code, "element": None}
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": epoch_ms,
        "status": None,
        "cdcresponse": [],
    }


def throttle_xml(time: str, status: int = 429) -> bytes:
    """The body of a throttled call: XML, whatever the caller accepts."""
    return (
        f'{_XML}<IntuitResponse xmlns="{_SCHEMA}" time="{time}"><Fault type="SERVICE">'
        f'<Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode={status}</Message>'
        "<Detail>The request limit was reached. Please try again later.</Detail></Error></Fault></IntuitResponse>"
    ).encode()


def html_page(status: int, reason: str) -> bytes:
    """What a proxy before the API answers when the API doesn't."""
    title = f"{status} {escape(reason)}"
    return f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>".encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def plain_number(value: Decimal) -> Decimal | int:
    """The number without trailing zeros; whole numbers as int."""
    if value == value.to_integral_value():
        return int(value)
    return value.normalize()


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "Fault":
        return _fault_element(value)
    if isinstance(value, list):
        return "".join(_element(name, inner) for inner in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(_text(value))}</{name}>"
    if "value" in value and value.keys() <= {"value", "name", "type"}:
        attributes = "".join(f" {key}={quoteattr(str(value[key]))}" for key in ("name", "type") if value.get(key))
        return f"<{name}{attributes}>{escape(str(value['value']))}</{name}>"
    in_tag = _ATTRIBUTES.get(name, _ENTITY_ATTRIBUTES if "domain" in value else ())
    attributes = "".join(f" {key}={quoteattr(_text(value[key]))}" for key in in_tag if key in value)
    inner = "".join(_element(key, part) for key, part in value.items() if key not in in_tag)
    return f"<{name}{attributes}>{inner}</{name}>"


def _fault_element(fault: dict[str, Any]) -> str:
    errors = "".join(
        f"<Error code={quoteattr(error['code'])}"
        + (f" element={quoteattr(error['element'])}" if error.get("element") is not None else "")
        + f"><Message>{escape(error['Message'])}</Message><Detail>{escape(error['Detail'])}</Detail></Error>"
        for error in fault["Error"]
    )
    return f'<Fault type="{fault["type"]}">{errors}</Fault>'


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(Decimal(plain_number(value)), "f") if isinstance(value, Decimal) else str(value)
