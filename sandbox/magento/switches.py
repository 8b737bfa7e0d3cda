"""Switches by name: fields of Config, from NAME=VALUE or JSON, what doesn't fit refused with what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from sandbox.magento import limits
from sandbox.magento.config import Config
from sandbox.magento.releases import RELEASES, Release, config_of
from sandbox.magento.stores import stores_of
from shared.wire import NotJson, decode

LIVE = frozenset({
    "bearer", "row_totals", "itemized_taxes", "price_scope", "base_prices_bump", "product_lists",
    "unlisted_attributes", "out_of_range_page", "oauth_sort", "input_limits",
    "admin_token_seconds", "unknown_properties", "denied_resources",
    "sales_shipping_incl_tax", "sales_tax_after_discount", "qty_to_ship", "completion", "reorder_relations", "tax",
    "base_url",
})  # fmt: skip
_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", NoneType: "null"}
_SHAPES = {
    "denied_resources": "a list of ACL resources",
    "more_stores": "a list of store views",
    "unlisted_attributes": "a list of names",
}


def started(options: Iterable[str], **given: Any) -> Config:
    """The shop that options NAME=VALUE ask for; `release` sets several switches, any of them wins over it.

    A value is text, or JSON where text doesn't fit. `given`: switches that the options win over.

    Raises ValueError.
    """
    chosen, release = dict(given), _release("2.4.7")
    for option in options:
        name, equals, text = (part.strip() for part in option.partition("="))
        if not (name and equals):
            raise ValueError(f"{option!r} is not of the form NAME=VALUE")
        if name == "release":
            release = _release(text)
        else:
            chosen[name] = _of_text(name, text)
    config = config_of(release, **chosen)
    stores_of(config)
    return config


def changed(patch: Mapping[str, Any]) -> dict[str, Any]:
    """The switches of the patch as values, for a shop that runs. Raises ValueError."""
    for name in patch:
        _hint(name)
        if name not in LIVE:
            raise ValueError(f"{name} is set at the start (--set {name}=...); a running shop takes {_listed(LIVE)}")
    return {name: _fitted(name, value) for name, value in patch.items()}


def shown(config: Config) -> dict[str, Any]:
    """All switches, as JSON."""
    document: dict[str, Any] = TypeAdapter(Config).dump_python(config, mode="json")
    return document | {"denied_resources": sorted(config.denied_resources)}


def _release(text: str) -> Release:
    for release in RELEASES:
        if release == text:
            return release
    raise ValueError(f"release is one of {', '.join(RELEASES)}, not {text!r}")


def _of_text(name: str, text: str) -> Any:
    if _hint(name) is str:
        return _fitted(name, text.replace("\\n", "\n"))
    try:
        value = decode(text.encode())
    except NotJson:
        value = text
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and get_origin(_hint(name)) is Literal:
        value = text
    return _fitted(name, value)


def _fitted(name: str, value: Any) -> Any:
    if isinstance(value, Decimal) and name != "tax":
        value = int(value) if value == value.to_integral_value() and abs(value) < limits.SWITCH_MAX else float(value)
    try:
        fitting = _adapter(name).validate_python(value)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        inside = f" ({where}: {problem['msg']})" if where and name in ("tax", "more_stores", "credentials") else ""
        raise ValueError(f"{name} is {_allowed(name)}, not {value!r}{inside}") from error
    is_number = isinstance(fitting, int | float) and not isinstance(fitting, bool)
    least = 1 if name in ("consumers", "store_id", "first_entity_id") else 0
    if is_number and not (math.isfinite(fitting) and least <= fitting <= limits.SWITCH_MAX):
        raise ValueError(f"{name} is {_allowed(name)} from {least} to {limits.SWITCH_MAX}, not {value!r}")
    if name == "timezone" and fitting not in available_timezones():
        raise ValueError(f"timezone is a name such as Europe/Berlin, not {value!r}")
    if name == "store_name" and fitting.count("\n") != 2:
        raise ValueError(f"store_name is website, store and view, each on a line (\\n), not {value!r}")
    return fitting


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_hint(name))


def _hint(name: str) -> Any:
    hints = get_type_hints(Config)
    if name not in hints:
        raise ValueError(f"no switch is called {name}; there are release, {_listed(hints)}")
    return hints[name]


def _allowed(name: str) -> str:
    hint = _hint(name)
    if get_origin(hint) is Literal:
        return f"one of {', '.join(get_args(hint))}"
    if isinstance(hint, UnionType):
        return " or ".join(_NAMES[part] for part in get_args(hint))
    return _NAMES.get(hint) or _SHAPES.get(name) or "a JSON object as in docs/sandbox.md"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
