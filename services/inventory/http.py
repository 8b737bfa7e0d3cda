"""POST /stock on the process's health port: people's questions to the desk.

Whoever scrapes metrics reaches the port, too, and must neither see quantities nor let stock be written. So a question
is answered only when it is signed (services/inventory/questions.py), wherever the port listens.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from aiohttp import web

from services.inventory import answers
from services.inventory.desk import Desk, NotServed, NotYet, OtherPreview, Tell
from services.inventory.preview import NotKnown, Preview
from services.inventory.questions import (
    PURPOSE,
    SIGNATURE,
    Ask,
    NotOurs,
    NotUnderstood,
    Problem,
    Question,
    read_question,
)
from services.process import Process, token_keys_now
from shared import limits
from shared.log.port import LogUnavailable
from shared.quickbooks.own_signatures import OwnSignatures
from shared.wire import encode

_log = structlog.get_logger(__name__)
Lines = Iterator[dict[str, Any]]


def own_signatures(process: Process) -> OwnSignatures:
    """By the keys of the process, and those that its secrets file has by now."""
    keys = [key.get_secret_value() for key in process.secrets.token_keys]
    return OwnSignatures(keys, PURPOSE, lambda: token_keys_now(process.config))


class StockDoor:
    """Answers one question a request, and at most STOCK_QUESTIONS_AT_ONCE at once."""

    def __init__(self, desk: Desk, signatures: OwnSignatures, clock: Callable[[], float] = time.time) -> None:
        self._desk = desk
        self._signatures = signatures
        self._clock = clock
        self._under_way = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """400 for what isn't understood, 401 for whoever may not ask, 413, 503 while too many ask; else 200, and the
        answer's last line says how it ended."""
        body = await _body(request)
        try:
            question = read_question(body, request.headers.get(SIGNATURE, ""), self._signatures, self._clock())
        except NotOurs as error:
            return _refuse(401, str(error))
        except NotUnderstood as error:
            return _refuse(400, str(error))
        if self._under_way >= limits.STOCK_QUESTIONS_AT_ONCE:
            return _refuse(503, "too many ask at once")
        self._under_way += 1
        try:
            return await self._answer(request, question)
        finally:
            self._under_way -= 1

    async def _answer(self, request: web.Request, question: Question) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        at: dict[str, int] = {}
        work = asyncio.ensure_future(self._ask(question, lambda done, of: at.update(done=done, of=of)))
        try:
            while not (await asyncio.wait([work], timeout=limits.STOCK_WAITING_SECONDS))[0]:
                await response.write(encode({"waiting": True, **at}) + b"\n")  # whoever asks sees that we live
            for piece in _pieces(work.result()):
                await response.write(piece)
                await asyncio.sleep(0)  # others get a turn: a whole preview takes a second
            await response.write_eof()
        except ConnectionError:
            _log.info("who asked about stock has gone", ask=question.ask.value, connection=question.connection)
        finally:
            work.cancel()
            await asyncio.wait([work])
        return response

    async def _ask(self, question: Question, tell: Tell) -> Lines:
        try:
            if question.ask is Ask.PREVIEW:
                return _preview_lines(await self._desk.preview(question.connection, tell))
            return await (self._confirm(question) if question.ask is Ask.CONFIRM else self._explain(question))
        except NotServed as error:
            return _problem(Problem.NOT_SERVED, str(error))
        except OtherPreview as error:
            return _problem(Problem.OTHER_PREVIEW, str(error))
        except NotYet as error:
            return _problem(Problem.NOT_YET, str(error))
        except LogUnavailable as error:
            return _problem(Problem.NOT_YET, f"the log can't be reached: {error}")

    async def _confirm(self, question: Question) -> Lines:
        await self._desk.confirm(question.connection, question.about)
        _log.info("stock confirmed", connection=question.connection, digest=question.about, by=question.by)
        return iter([{"confirmed": True}])

    async def _explain(self, question: Question) -> Lines:
        found = await self._desk.explain(question.connection, question.about)
        if isinstance(found, NotKnown):
            return iter([{"not_known": answers.not_known_document(found)}])
        waits = self._desk.waits_for(question.connection)
        return iter([{"decision": answers.decision_document(found), "waits_for": waits}])


def _preview_lines(preview: Preview) -> Lines:
    for row in preview.rows:
        yield {"row": answers.row_document(row)}
    yield {"preview": answers.head_of(preview)}


def _problem(problem: Problem, text: str) -> Lines:
    return iter([{"problem": problem.value, "text": text}])


def _pieces(lines: Lines) -> Iterator[bytes]:
    """Lines in pieces of some size: a write for each of 50,000 would take long."""
    piece = bytearray()
    for line in lines:
        piece += encode(line) + b"\n"
        if len(piece) >= limits.STOCK_ANSWER_PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


async def _body(request: web.Request) -> bytes:
    """Raises HTTPRequestEntityTooLarge, HTTPRequestTimeout."""
    if request.content_length is None or request.content_length > limits.STOCK_QUESTION_BYTES:
        raise web.HTTPRequestEntityTooLarge(limits.STOCK_QUESTION_BYTES, request.content_length or 0)
    try:
        async with asyncio.timeout(limits.STOCK_BODY_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error


def _refuse(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=encode({"error": text}), content_type="application/json")
