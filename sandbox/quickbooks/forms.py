"""Bodies of HTML forms, which is what the OAuth addresses take."""

from __future__ import annotations

from urllib.parse import parse_qsl

from aiohttp import web

from sandbox import limits


class BadForm(Exception):
    """The body can't be read; the text says why."""


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields, of those that come twice the last; none for a body of another type. Raises BadForm."""
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    raw = await request.read()
    try:
        fields = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=limits.QB_FORM_FIELDS)
    except UnicodeDecodeError as error:
        raise BadForm("the form isn't UTF-8") from error
    except ValueError as error:
        raise BadForm(f"a form has at most {limits.QB_FORM_FIELDS} fields") from error
    return dict(fields)
