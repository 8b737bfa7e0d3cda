"""The error answers that a fault plan asks for: of Magento, of the web server before it, of a CDN before both."""

from __future__ import annotations

import time
from http import HTTPStatus

from aiohttp import web

from sandbox.magento import php_json
from sandbox.magento.errors import MagentoError, not_authorized
from sandbox.magento.fault_rules import Rule

# Only the kinds of the bodies are known (reference 2.4: HTML of maintenance, WAF and nginx); the texts are recalled.
_MAINTENANCE = (
    '<!doctype html><html lang="en"><head><title>Error 503: Service Unavailable</title></head><body>'
    "<h1>Service Temporarily Unavailable</h1><p>The server is temporarily unable to service your request due to "
    "maintenance downtime or capacity problems. Please try again later.</p></body></html>"
)
_NGINX = (
    "<html>\r\n<head><title>{error}</title></head>\r\n<body>\r\n<center><h1>{error}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_CDN = (
    "<html><head><title>{error}</title></head><body><h1>Error {error}</h1><p>{error}</p><hr>"
    "<p>Varnish cache server</p></body></html>"
)
_MASKED = "Internal Error. Details are available in Magento log file. Report ID: webapi-{report}"


def planned_answer(rule: Rule, resource: str | None) -> web.Response:
    """What `status` answers. resource: the ACL resource of the route, which Magento's 401 names."""
    response = _planned(rule, resource)
    if rule.retry_after is not None:
        response.headers["Retry-After"] = rule.retry_after
    return response


def _planned(rule: Rule, resource: str | None) -> web.Response:
    reason = HTTPStatus(rule.status).phrase if rule.status in HTTPStatus._value2member_map_ else "Error"
    match rule.body:
        case "json":
            return _json(magento_error(rule.status, reason, resource).body(), rule.status)
        case "fatal":  # before dispatch: reference 2.4
            return _json({"messages": {"error": [{"code": rule.status, "message": reason}]}}, rule.status)
        case "cdn":
            return _html(rule.status, _CDN.format(error=f"{rule.status} {reason}"))
        case "html":
            page = _MAINTENANCE if rule.status == 503 else _NGINX.format(error=f"{rule.status} {reason}")
            return _html(rule.status, page)


def magento_error(status: int, reason: str, resource: str | None) -> MagentoError:
    """As REST answers the status; 401 is the same for a bad token and a missing permission (reference 2.2, 8.20)."""
    if status == 401:
        return not_authorized(resource or "self")
    error = MagentoError(_MASKED.format(report=f"{time.time_ns() // 1000:x}") if status >= 500 else reason)
    error.status = status
    return error


def _json(document: dict[str, object], status: int) -> web.Response:
    return web.Response(text=php_json.encode(document), status=status, content_type="application/json", charset="utf-8")


def _html(status: int, text: str) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
