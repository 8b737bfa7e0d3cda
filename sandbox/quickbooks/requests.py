"""An HTTP request of the API as values: which operation on which entity, with which body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.quickbooks import errors
from sandbox.quickbooks.bodies import read_object
from sandbox.quickbooks.errors import Problem, Refused

_QUERY_TYPES = ("application/text", "text/plain")
READS = frozenset({"query", "read", "companyinfo", "preferences", "cdc", "report"})
# Addresses of the real one that are no entities; this sandbox has nothing behind them.
_NOT_MODELLED = frozenset({"reports", "upload", "download"})


@dataclass(slots=True)
class ApiRequest:
    """What is asked. problem: the request can't be read; raised when its turn comes."""

    entity: str
    operation: str
    object_id: str = ""
    statement: str = ""
    entities: str = ""
    """Of CDC: names with commas between."""
    changed_since: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    """Of an exchange rate, which is asked for by currency and day."""
    body: Any = None
    raw: bytes = b""
    include: frozenset[str] = frozenset()
    requestid: str | None = None
    wants_json: bool = True
    void_by_operation: bool = False
    problem: Refused | None = field(default=None)

    @property
    def is_write(self) -> bool:
        """Whether it changes the books. Of a batch that is asked item by item."""
        return self.operation not in READS and self.operation != "batch"


async def read_request(request: web.Request) -> ApiRequest:
    """The request as values. Never raises Refused: what is wrong stands in `problem`.

    Raises web.HTTPRequestEntityTooLarge.
    """
    entity = request.match_info["entity"].lower()
    asked = ApiRequest(
        entity=entity,
        operation="read",
        object_id=request.match_info.get("id", ""),
        include=options(request.query.getall("include", [])),
        requestid=request.query.get("requestid"),
        wants_json="json" in request.headers.get("Accept", "").lower(),
    )
    asked.raw = await request.read()
    try:
        _read(request, asked)
    except Refused as refused:
        asked.problem = refused
    return asked


def options(values: list[str]) -> frozenset[str]:
    """The words of `include`, or of a batch item's optionsData: with commas between, in any case."""
    return frozenset(part.strip().lower() for value in values for part in value.split(",") if part.strip())


def _read(request: web.Request, asked: ApiRequest) -> None:
    entity, method = asked.entity, request.method
    if entity == "reports":
        asked.operation = "report"
    if entity in _NOT_MODELLED or method not in ("GET", "POST") or request.match_info.get("rest"):
        raise errors.unsupported(f"{method} {request.rel_url.raw_path}")
    if entity == "query":
        asked.operation = "query"
        _read_statement(request, asked)
    elif entity == "cdc":
        asked.operation = "cdc"
        _read_cdc(request, asked)
    elif method == "GET":
        _read_get(asked, request.query)
    else:
        _read_post(request, asked)


def _read_get(asked: ApiRequest, query: Mapping[str, str]) -> None:
    if asked.entity in ("companyinfo", "preferences"):
        asked.operation = asked.entity
    elif asked.entity == "exchangerate":
        asked.parameters = {name.lower(): value for name, value in query.items()}
    elif not asked.object_id:
        raise errors.unsupported(f"GET {asked.entity} without an id")


def _read_cdc(request: web.Request, asked: ApiRequest) -> None:
    if request.method != "GET":
        raise errors.unsupported("POST cdc")
    asked.entities = request.query.get("entities", "")
    asked.changed_since = request.query.get("changedSince", "")


def _read_statement(request: web.Request, asked: ApiRequest) -> None:
    if request.method == "GET":
        asked.statement = request.query.get("query", "")
        return
    if request.content_type not in _QUERY_TYPES:
        raise _bad_content_type(request, " or ".join(_QUERY_TYPES))
    try:
        asked.statement = asked.raw.decode()
    except UnicodeDecodeError as error:
        raise errors.unsupported("a body that isn't UTF-8") from error


def _read_post(request: web.Request, asked: ApiRequest) -> None:
    operation = request.query.get("operation", "").lower()
    asked.operation = "batch" if asked.entity == "batch" else operation or "create"
    asked.void_by_operation = operation == "void"
    if request.content_type != "application/json":
        raise _bad_content_type(request, "application/json")
    if asked.object_id and asked.entity != "taxservice":
        raise errors.unsupported(f"POST {asked.entity}/{asked.object_id}")
    asked.body = read_object(asked.raw)
    if asked.operation == "batch":
        return
    if not operation and asked.body.get("Id") not in (None, ""):
        asked.operation = "update"  # create and update are one call; the object's Id tells them apart
    if asked.operation == "update" and "void" in asked.include:
        asked.operation = "void"


def _bad_content_type(request: web.Request, allowed: str) -> Refused:
    detail = f"Content-Type {request.content_type} is not supported here, only {allowed}"
    return Refused(Problem("500", "Unsupported Operation", detail), status=415)
