"""A person's browser, as far as connecting to QuickBooks goes: cookies, redirects one by one, the form to consent."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_TEXT = re.compile(r"<h1>(.*?)</h1><p>(.*?)</p>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer; `title` and `text` are those of our own pages."""

    status: int
    headers: CIMultiDictProxy[str]
    body: str

    @property
    def title(self) -> str:
        found = _TEXT.search(self.body)
        return html.unescape(found[1]) if found else ""

    @property
    def text(self) -> str:
        found = _TEXT.search(self.body)
        return html.unescape(found[2]) if found else ""


class Browser:
    """Follows no redirect by itself."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, address: str) -> Shown:
        async with self._session.get(URL(address, encoded=True), allow_redirects=False) as answer:
            return Shown(answer.status, answer.headers, await answer.text())

    async def open(self, link: str) -> str:
        """Opens a link to connect; the address of the consent page."""
        shown = await self.get(link)
        assert shown.status == 302, shown.body
        return shown.headers["Location"]

    async def decide(self, consent: str, decision: str, realm: str) -> str:
        """Fills in the consent page; the address that the browser is sent back to."""
        page = await self.get(consent)
        assert page.status == 200, page.body
        fields = {name: html.unescape(value) for name, value in _HIDDEN.findall(page.body)}
        form = {**fields, "decision": decision, "realm": realm}
        async with self._session.post(URL(consent).with_query(None), data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def connect(self, link: str, realm: str, decision: str = "connect") -> Shown:
        """All of it; the page at the end."""
        return await self.get(await self.decide(await self.open(link), decision, realm))


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """One with an empty cookie jar."""
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of 127.0.0.1, too
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield Browser(session)
