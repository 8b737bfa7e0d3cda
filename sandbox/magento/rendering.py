"""Answers in the format that is asked for: JSON, or XML as Magento's own renderer writes it (recalled)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal
from xml.sax.saxutils import escape

from sandbox.magento import php_json

Format = Literal["json", "xml"]
MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "xml": "application/xml"}
_FORMATS: dict[str, Format] = {
    "*/*": "json", "application/*": "json", "application/json": "json", "text/xml": "xml", "application/xml": "xml",
    "application/xhtml+xml": "xml",
}  # fmt: skip
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def asked_for(accept: str) -> Format | None:
    """The first of the types by their q that there is a renderer for; None: there is none (406)."""
    if not accept.strip():
        return "json"
    ranked = []
    for place, part in enumerate(accept.split(",")):
        media_type, *parameters = (one.strip() for one in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        number = float(quality) if re.fullmatch(r"[01](\.\d{0,3})?", quality) else 0.0
        ranked.append((-number, place, media_type.lower()))
    found = (_FORMATS.get(media_type) for _, _, media_type in sorted(ranked))
    return next((one for one in found if one is not None), None)


def xml(document: Any) -> str:
    """The document below <response>; members of lists are <item>."""
    return f'<?xml version="1.0"?>\n<response>{_inside(document)}</response>\n'


def _inside(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{_tag(name)}>{_inside(one)}</{_tag(name)}>" for name, one in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_inside(one)}</item>" for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    text = php_json.number(value) if isinstance(value, Decimal) else str(value)
    return escape(_NOT_IN_XML.sub("", text))


def _tag(name: str) -> str:
    """As _prepareKey: what no element may be called."""
    tag = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII) or "_"
    return f"item_{tag}" if not re.match(r"[A-Za-z_]", tag) else tag
