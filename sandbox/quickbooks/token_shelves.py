"""Codes, grants and tokens on shelves of the store, so that callers stay connected over a restart."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from sandbox import limits
from sandbox.quickbooks.grants import Access, Code, Grant
from sandbox.storage import Database, Shelf


class TokenShelves:
    """What is put here comes back from `load` after a restart; each shelf is as long as the memory it mirrors."""

    def __init__(self, database: Database) -> None:
        self._grants = Shelf(database, "grants")
        self._values = Shelf(database, "refresh values")
        self._access = Shelf(database, "access tokens")
        self._codes = Shelf(database, "codes")

    def load(self) -> tuple[OrderedDict[str, Code], OrderedDict[str, Grant], OrderedDict[str, Access]]:
        """Codes, grants by refresh value (old values, too), access tokens; oldest first."""
        grants = {name: _grant(name, value) for name, value in self._grants.oldest()}
        values = OrderedDict((name, grants[value]) for name, value in self._values.oldest() if value in grants)
        access = OrderedDict(
            (name, Access(grants[value["grant"]], float(value["expires"])))
            for name, value in self._access.oldest()
            if value["grant"] in grants
        )
        codes: OrderedDict[str, Code] = OrderedDict()
        for name, value in self._codes.oldest():
            grant = grants.get(value.pop("grant"))
            codes[name] = Code(**{**value, "expires": float(value["expires"])}, grant=grant)
        return codes, values, access

    def put_grant(self, grant: Grant) -> None:
        """The grant as it is now, and that its present refresh value is its own."""
        value = {
            "realm": grant.realm,
            "scope": grant.scope,
            "refresh_token": grant.refresh_token,
            "value_since": grant.value_since,
            "used": grant.used,
            "granted": grant.granted,
            "alive": grant.alive,
        }
        self._grants.put(grant.id, value, at_most=limits.QB_GRANTS)
        self._values.put(grant.refresh_token, grant.id, at_most=limits.QB_GRANTS)

    def put_access(self, token: str, access: Access) -> None:
        self._access.put(token, {"grant": access.grant.id, "expires": access.expires}, at_most=limits.QB_ACCESS_TOKENS)

    def put_code(self, code: str, known: Code) -> None:
        value = {
            "realm": known.realm,
            "redirect_uri": known.redirect_uri,
            "scope": known.scope,
            "expires": known.expires,
            "grant": known.grant.id if known.grant else None,
        }
        self._codes.put(code, value, at_most=limits.QB_GRANTS)

    def pop_code(self, code: str) -> None:
        self._codes.pop(code)

    def pop_access(self, token: str) -> None:
        self._access.pop(token)

    def clear_access(self) -> None:
        self._access.clear()


def _grant(name: str, value: dict[str, Any]) -> Grant:
    times = {key: float(value[key]) for key in ("value_since", "used", "granted")}
    return Grant(**{**value, **times}, id=name)
