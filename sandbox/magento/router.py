"""REST routes by Magento's path patterns: /rest[/<store view code>|/all|/default]/V1/<pattern>."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from sandbox.magento.errors import no_route
from sandbox.magento.query import Query


@dataclass(frozen=True)
class Call:
    """One REST call as a handler sees it."""

    parameters: dict[str, str]
    query: Query
    body: dict[str, Any]
    store_code: str


Handler = Callable[[Call], str]  # answers JSON text


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    resource: str | None  # the ACL resource it needs; None = anonymous
    handler: Handler

    @property
    def name(self) -> str:
        return f"{self.method} {self.pattern}"


@dataclass
class Router:
    store_codes: frozenset[str]
    routes: list[Route] = field(default_factory=list)

    def add(self, method: str, pattern: str, resource: str | None, handler: Handler) -> None:
        self.routes.append(Route(method, pattern, resource, handler))

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str], str]:
        """The route, its path parameters and the store code. Raises NotFound.

        A segment is decoded after the path is split, `+` as a space too: a SKU with a plus must come as %2B.
        """
        segments = raw_path.strip("/").split("/")[1:]
        store_code = "default"
        if segments and segments[0] in self.store_codes:
            store_code, segments = segments[0], segments[1:]
        if len(segments) < 2 or segments[0] != "V1":
            raise no_route()
        for route in self.routes:
            parameters = _match(route.pattern.split("/"), segments[1:])
            if route.method == method and parameters is not None:
                return route, parameters, store_code
        raise no_route()


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    parameters = {}
    for wanted, segment in zip(pattern, segments, strict=True):
        if wanted.startswith(":"):
            parameters[wanted[1:]] = unquote_plus(segment)
        elif wanted != segment:
            return None
    return parameters
