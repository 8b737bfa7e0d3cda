"""What stands before the API: tokens, the answers of the throttle, answers that the fault plan asks for."""

from __future__ import annotations

import math
from http import HTTPStatus

from aiohttp import web

from sandbox import limits
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.company_state import state_fault
from sandbox.quickbooks.errors import Problem, Refused
from sandbox.quickbooks.fault_rules import Rule
from sandbox.quickbooks.oauth import ACCOUNTING_SCOPE
from sandbox.quickbooks.rendering import (
    HTML_TYPE,
    JSON_TYPE,
    XML_TYPE,
    fault_document,
    fault_xml,
    gateway_document,
    html_page,
    json_bytes,
    throttle_xml,
)
from sandbox.quickbooks.settings import ServerSettings
from sandbox.quickbooks.world import World


def admission_refusal(request: web.Request, world: World, realm: str) -> web.Response | None:
    """The refusal of a caller without a good token for the realm; None lets the request in."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = world.tokens.grant_of(token.strip()) if scheme.lower() == "bearer" else None
    if grant is None:
        code, detail = ("3200", "Token expired or unknown: sign in again") if token else ("3202", "Token is empty")
        return _gateway(world.clock, status=401, code=code, message="AuthenticationFailed", detail=detail)
    if grant.realm != realm:
        return _gateway(world.clock, status=403, code="3100", message="ApplicationAuthorizationFailed", detail=None)
    if ACCOUNTING_SCOPE not in grant.scopes:
        return _gateway(world.clock, status=403, code="3100", message="AuthorizationFailed", detail=None)
    return None


def end_sign_in(request: web.Request, world: World, *, grant: bool) -> None:
    """The request's access token ceases to be good; or its grant, with all tokens."""
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()
    if grant:
        world.tokens.revoke(token)
    else:
        world.tokens.expire_access(token)


def state_answer(world: World, realm: str, *, write: bool, json: bool) -> web.Response | None:
    """The fault of a company that is locked, gone or broken; None while it is open."""
    found = state_fault(world.realms[realm].company.settings, write=write)
    if found is None:
        return None
    refused, always_xml = found
    time = world.clock.response_time()
    document = fault_document(refused, time)
    if json and not always_xml:
        return _answer(refused.status, json_bytes(document), JSON_TYPE)
    return _answer(refused.status, fault_xml(refused, time), XML_TYPE)


def throttled(clock: Clock, settings: ServerSettings, wait_seconds: float = 0.0) -> web.Response:
    """429, or 403 in the older form: XML even for those who ask for JSON. wait_seconds: until a call could pass."""
    status = settings.throttle_status
    response = _answer(status, throttle_xml(clock.response_time(), status), XML_TYPE)
    if settings.retry_after == "seconds":
        response.headers["Retry-After"] = str(max(1, math.ceil(wait_seconds)))
    if settings.retry_after == "absurd":
        response.headers["Retry-After"] = str(limits.QB_RETRY_AFTER_ABSURD_SECONDS)
    return response


def planned_answer(rule: Rule, clock: Clock) -> web.Response:
    """The error that a rule of the fault plan asks for."""
    response = _planned(rule, clock)
    if rule.retry_after is not None:
        response.headers["Retry-After"] = rule.retry_after
    return response


def _planned(rule: Rule, clock: Clock) -> web.Response:
    reason = HTTPStatus(rule.status).phrase if rule.status in HTTPStatus._value2member_map_ else "Error"
    match rule.body:
        case "html":
            return _answer(rule.status, html_page(rule.status, reason), HTML_TYPE)
        case "xml":
            return _answer(rule.status, throttle_xml(clock.response_time(), rule.status), XML_TYPE)
        case "lowercase":
            code = rule.code if "code" in rule.model_fields_set else "3200"
            return _gateway(clock, status=rule.status, code=code, message="AuthenticationFailed", detail=reason)
        case "fault" | "fault_xml":
            refused = Refused(Problem(rule.code, "An error has occurred", rule.detail), kind=rule.kind)
            time = clock.response_time()
            if rule.body == "fault_xml":
                return _answer(rule.status, fault_xml(refused, time), XML_TYPE)
            return _answer(rule.status, json_bytes(fault_document(refused, time)), JSON_TYPE)


def _gateway(clock: Clock, *, status: int, code: str, message: str, detail: str | None) -> web.Response:
    # 403: type and missing detail as recorded in oauth-jsclient#2, qbo_api#138 and erpnext#29161
    kind = "AUTHENTICATION" if status == 401 else "SERVICE"
    epoch_ms = int(clock.seconds() * 1000)
    document = gateway_document(message=message, code=code, status=status, detail=detail, kind=kind, epoch_ms=epoch_ms)
    return _answer(status, json_bytes(document), "application/json")


def _answer(status: int, body: bytes, content_type: str) -> web.Response:
    return web.Response(status=status, body=body, headers={"Content-Type": content_type})
