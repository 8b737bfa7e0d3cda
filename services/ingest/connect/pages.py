"""The pages that a person sees while connecting: plain, without scripts, and with nothing secret in them. Pure."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from aiohttp import web

_STYLE = "body{font:16px/1.5 sans-serif;max-width:38em;margin:4em auto;padding:0 1em}"
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # addresses here hold codes and tickets
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
}


def page(status: int, title: str, text: str) -> web.Response:
    """A page with one message."""
    body = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(text)}</p></body></html>\n"
    )
    return web.Response(status=status, text=body, content_type="text/html", headers=HEADERS)


def redirect(address: str) -> web.Response:
    """Sends the browser on."""
    return web.Response(status=302, headers=HEADERS | {"Location": address})
