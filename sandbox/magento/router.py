"""REST routes by Magento's path patterns: /rest[/<store view code>|/all|/default]/V1/<pattern>."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote_plus

from sandbox.magento import limits
from sandbox.magento.errors import no_route
from sandbox.magento.query import Query


@dataclass(frozen=True)
class Call:
    """One REST call as a handler sees it."""

    parameters: dict[str, str]
    query: Query
    body: dict[str, Any]
    store_code: str
    array_limit: int = limits.COMPLEX_ARRAY_ITEMS  # of lists of objects, in force with input limits on


Mode = Literal["sync", "async", "bulk"]
_SAVING = ("Magento_Sales::", "Magento_Catalog::", "Magento_Customer::")
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

    @property
    def saves(self) -> bool:
        """Whether others may have to be told or asked of what it does: those of sales and the catalogue."""
        return self.method != "GET" and self.resource is not None and self.resource.startswith(_SAVING)


@dataclass(frozen=True)
class Found:
    """Where a request leads. mode: how it is served; in_body: parameters that a bulk's entities carry, by their names
    in the path."""

    route: Route
    parameters: dict[str, str]
    store_code: str
    mode: Mode = "sync"
    in_body: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        prefix = {"sync": "", "async": "async ", "bulk": "bulk "}[self.mode]
        return prefix + self.route.name


@dataclass
class Router:
    store_codes: frozenset[str]
    routes: list[Route] = field(default_factory=list)

    def add(self, method: str, pattern: str, resource: str | None, handler: Handler) -> None:
        self.routes.append(Route(method, pattern, resource, handler))

    def named(self, name: str) -> Route:
        """The route of a method and pattern. Raises KeyError."""
        for route in self.routes:
            if route.name == name:
                return route
        raise KeyError(name)

    def find(self, method: str, raw_path: str) -> Found:
        """Where the path leads. Raises NotFound.

        A segment is decoded after the path is split, `+` as a space too: a SKU with a plus must come as %2B.
        """
        segments = _resolved(raw_path.strip("/").split("/"))[1:]
        store_code = "default"
        if segments and segments[0] in self.store_codes:
            store_code, segments = segments[0], segments[1:]
        mode, segments = _mode(segments)
        if len(segments) < 2 or segments[0] != "V1" or (mode != "sync" and method == "GET"):
            raise no_route()
        for route in self.routes:
            pattern = route.pattern.split("/")
            in_body = _named_in_path(pattern, segments[1:]) if mode == "bulk" else {}
            parameters = _match(pattern, segments[1:])
            if route.method == method and parameters is not None and in_body is not None:
                fixed = {} if mode == "bulk" else parameters
                return Found(route, fixed, store_code, mode, in_body)
        raise no_route()


def _mode(segments: list[str]) -> tuple[Mode, list[str]]:
    if segments[:2] == ["async", "bulk"]:
        return "bulk", segments[2:]
    if segments[:1] == ["async"]:
        return "async", segments[1:]
    return "sync", segments


def _named_in_path(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    """bySku for :sku: the route's parameters and the names that the path gives them; None: it isn't the route's."""
    names = {}
    for wanted, segment in zip(pattern, segments, strict=False):
        if wanted.startswith(":"):
            if not re.fullmatch(r"by[A-Z]\w*", segment, re.ASCII):
                return None
            names[wanted[1:]] = segment[2].lower() + segment[3:]
    return names


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


def _resolved(segments: list[str]) -> list[str]:
    """Without `.` and `..`, which a web server takes out of a path, encoded or not, before Magento sees it (RFC 3986,
    5.2.4)."""
    left: list[str] = []
    for segment in segments:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del left[-1:]
        elif plain != ".":
            left.append(segment)
    return left
