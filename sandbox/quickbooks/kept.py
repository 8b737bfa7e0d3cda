"""What a sandbox keeps beside the books, so that a restart on the same file goes on: clock, switches, companies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from sandbox.quickbooks.settings import CompanySettings, ServerSettings
from sandbox.storage import Database, StoreRefused
from sandbox.storage.codec import from_text, to_text

_NAME = "world"


@dataclass(slots=True)
class Kept:
    """ahead: seconds by which the clock was advanced. companies: template and switches by realm."""

    ahead: float = 0.0
    server: ServerSettings | None = None
    companies: dict[str, tuple[str, CompanySettings]] = field(default_factory=dict)


def read(database: Database) -> Kept:
    """What the store holds; the defaults when it is new. Raises StoreRefused: switches that this version can't take."""
    text = database.text(_NAME)
    if text is None:
        return Kept()
    document = from_text(text)
    try:
        return Kept(
            float(document["ahead"]),
            ServerSettings.model_validate(_known(ServerSettings, document["server"])),
            {
                realm: (entry["template"], CompanySettings.model_validate(_known(CompanySettings, entry["settings"])))
                for realm, entry in document["companies"].items()
            },
        )
    except ValidationError as error:
        raise StoreRefused(f"the file's switches are not those of this version: {error}") from error


def write(database: Database, kept: Kept) -> None:
    """Keep it."""
    server = kept.server.model_dump(mode="json") if kept.server else {}
    companies = {
        realm: {"template": template, "settings": settings.model_dump(mode="json")}
        for realm, (template, settings) in kept.companies.items()
    }
    document = {"ahead": str(kept.ahead), "server": _exact(server), "companies": _exact(companies)}
    database.put_text(_NAME, to_text(document))


def _known(model: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    """Without switches that are no more."""
    return {name: value for name, value in values.items() if name in model.model_fields}


def _exact(value: Any) -> Any:
    """Numbers with decimals as text, which pydantic reads back."""
    if isinstance(value, dict):
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    return str(value) if isinstance(value, float) else value
