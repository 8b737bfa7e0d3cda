"""Switches by name: those of the server and those of companies, as one set to whoever turns them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from sandbox.quickbooks.settings import CompanySettings, ServerSettings
from shared.wire import NotJson, decode


class UnknownSwitch(ValueError):
    """There is no such switch; the text names those there are."""


def split(patch: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Switches of the server, and those of companies. Raises UnknownSwitch."""
    known = (*ServerSettings.model_fields, *CompanySettings.model_fields)
    unknown = [name for name in patch if name not in known]
    if unknown:
        raise UnknownSwitch(f"no switch is called {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    server = {name: value for name, value in patch.items() if name in ServerSettings.model_fields}
    return server, {name: value for name, value in patch.items() if name not in server}


def parsed(values: Iterable[str]) -> dict[str, Any]:
    """Options NAME=VALUE as switches; a value is text, or JSON where text doesn't fit (null, lists).

    Raises UnknownSwitch, and ValueError for another form or a value that the switch doesn't take.
    """
    chosen: dict[str, Any] = {}
    for value in values:
        name, equals, text = (part.strip() for part in value.partition("="))
        if not (name and equals):
            raise ValueError(f"{value!r} is not of the form NAME=VALUE")
        server, _ = split({name: text})
        chosen[name] = _fitting(ServerSettings if server else CompanySettings, name, text)
    return chosen


def _fitting(model: type[ServerSettings | CompanySettings], name: str, text: str) -> Any:
    try:
        return getattr(model.model_validate({name: text}), name)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"]
        try:
            return getattr(model.model_validate({name: decode(text.encode())}), name)
        except (ValidationError, NotJson):
            raise ValueError(f"{name}: {reason}") from error
