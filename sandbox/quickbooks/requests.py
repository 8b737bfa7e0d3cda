"""An HTTP request of the API as values: which operation on which entity, with which body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.quickbooks import errors
from sandbox.quickbooks.errors import Problem, Refused
from shared.wire import NotJson, decode, encode

_QUERY_TYPES = ("application/text", "text/plain")


@dataclass(slots=True)
class ApiRequest:
    """What is asked. problem: the request can't be read; raised when its turn comes."""

    entity: str
    operation: str
    object_id: str = ""
    statement: str = ""
    body: Any = None
    raw: bytes = b""
    include: frozenset[str] = frozenset()
    requestid: str | None = None
    wants_json: bool = True
    void_by_operation: bool = False
    problem: Refused | None = field(default=None)

    @property
    def is_write(self) -> bool:
        return self.operation not in ("query", "read", "companyinfo", "preferences")


async def read_request(request: web.Request) -> ApiRequest:
    """The request as values. Never raises Refused: what is wrong stands in `problem`."""
    entity = request.match_info["entity"].lower()
    asked = ApiRequest(
        entity=entity,
        operation="read",
        object_id=request.match_info.get("id", ""),
        include=_include(request),
        requestid=request.query.get("requestid"),
        wants_json="json" in request.headers.get("Accept", "").lower(),
    )
    if request.method == "POST":
        asked.raw = await request.read()
    if entity == "query":
        asked.operation = "query"
        _read_statement(request, asked)
    elif request.method == "GET":
        _read_get(asked)
    else:
        _read_post(request, asked)
    return asked


def _include(request: web.Request) -> frozenset[str]:
    values = request.query.getall("include", [])
    return frozenset(part.strip().lower() for value in values for part in value.split(",") if part.strip())


def _read_get(asked: ApiRequest) -> None:
    if asked.entity in ("companyinfo", "preferences"):
        asked.operation = asked.entity
    elif not asked.object_id:
        asked.problem = errors.unsupported(f"GET {asked.entity} without an id")


def _read_statement(request: web.Request, asked: ApiRequest) -> None:
    if request.method == "GET":
        asked.statement = request.query.get("query", "")
        return
    if request.content_type not in _QUERY_TYPES:
        asked.problem = _bad_content_type(request, " or ".join(_QUERY_TYPES))
        return
    try:
        asked.statement = asked.raw.decode()
    except UnicodeDecodeError:
        asked.problem = errors.unsupported("a body that isn't UTF-8")


def _read_post(request: web.Request, asked: ApiRequest) -> None:
    operation = request.query.get("operation", "").lower()
    asked.operation = operation or "create"
    asked.void_by_operation = operation == "void"
    if request.content_type != "application/json":
        asked.problem = _bad_content_type(request, "application/json")
        return
    if asked.object_id:
        asked.problem = errors.unsupported(f"POST {asked.entity}/{asked.object_id}")
        return
    try:
        asked.body = decode(asked.raw)
        encode(asked.body)  # what can't be written again (lone surrogates, numbers of 30 digits) isn't taken either
    except UnicodeDecodeError:
        asked.problem = errors.unsupported("a body that isn't UTF-8")
        return
    except (NotJson, TypeError) as error:
        asked.problem = _unreadable(asked.raw, error)
        return
    if not isinstance(asked.body, dict):
        asked.problem = Refused(errors.unknown_property("body"))
        return
    if not operation and asked.body.get("Id") not in (None, ""):
        asked.operation = "update"  # create and update are one call; the object's Id tells them apart
    if asked.operation == "update" and "void" in asked.include:
        asked.operation = "void"


def _unreadable(raw: bytes, error: Exception) -> Refused:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return errors.unsupported("a body that isn't UTF-8")
    message = "Request has invalid or unsupported property"
    return Refused(Problem("2010", message, f"Property Name:{error} specified is unsupported or invalid"))


def _bad_content_type(request: web.Request, allowed: str) -> Refused:
    detail = f"Content-Type {request.content_type} is not supported here, only {allowed}"
    return Refused(Problem("500", "Unsupported Operation", detail), status=415)
