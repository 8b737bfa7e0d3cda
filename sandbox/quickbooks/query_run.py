"""A statement against a company's books: which rows, in which order, which page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.quickbooks.errors import coded, query_invalid
from sandbox.quickbooks.exchange_rates import shown
from sandbox.quickbooks.profile import company_info, preferences
from sandbox.quickbooks.query import Query, parse_query
from sandbox.quickbooks.query_columns import Column, Test, column_of, condition_test, refuse_unknown
from sandbox.quickbooks.query_keys import Narrowed, narrowed, order_clause
from sandbox.quickbooks.schema import ENTITIES, Entity
from sandbox.quickbooks.store import Company
from sandbox.storage import Database
from sandbox.storage.codec import from_text

_SINGLE = {"companyinfo": ("CompanyInfo", company_info), "preferences": ("Preferences", preferences)}


def run_query(company: Company, text: str) -> dict[str, Any]:
    """The QueryResponse. Raises Refused: 4000, 4001, 10100."""
    query = parse_query(text, zero_is_first=company.settings.query_start_zero == "first")
    if query.entity.lower() in _SINGLE:
        return _single(company, query)
    entity = _entity(query.entity)
    for path in query.extra:
        refuse_unknown(entity, path)
    conditions = [(column_of(entity, condition.path), condition) for condition in query.conditions]
    tests = [condition_test(column, condition) for column, condition in conditions]
    order = _order(entity, query)
    active_only = not any(column.keys == ("Active",) for column, _ in conditions)
    found = narrowed(company, entity, conditions, active_only=active_only)
    wanted = _Wanted(query, order, order_clause(entity, order, found.driver), query.count or entity.total_count)
    if found.exact and wanted.order_clause is not None:
        page, count = _by_keys(company.database, found, wanted)
    else:
        page, count = _by_tests(company.database, found, tests, wanted)
    if query.count:
        return {"totalCount": count}
    if not page:
        return {}
    if entity.name == "ExchangeRate":
        page = [shown(document) for document in page]
    if sum(len(document.get("Line", ())) for document in page) > company.settings.query_lines:
        said = f"The answer has more than {company.settings.query_lines} lines: ask for fewer rows."
        raise coded("10100", "Result size is too large", said)
    response: dict[str, Any] = {entity.name: page, "startPosition": query.start, "maxResults": len(page)}
    if entity.total_count:
        response["totalCount"] = count
    return response


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The page, its order as properties and, where the tables can, in SQL; counted: how many there are in all, too."""

    query: Query
    order: list[tuple[Column, bool]]
    order_clause: str | None
    counted: bool

    @property
    def first(self) -> int:
        """The page's first row, counted from 0."""
        return self.query.start - 1

    @property
    def end(self) -> int:
        """The row behind the page's last one."""
        return 0 if self.query.count else self.first + self.query.limit


def _order(entity: Entity, query: Query) -> list[tuple[Column, bool]]:
    """The properties to sort by, each once: a second mention decides nothing. Raises Refused 4001."""
    terms: dict[tuple[str, ...], tuple[Column, bool]] = {}
    for path, descending in query.order:
        column = column_of(entity, path)
        terms.setdefault(column.keys, (column, descending))
    return list(terms.values())


def _single(company: Company, query: Query) -> dict[str, Any]:
    """The one row of CompanyInfo or Preferences; neither has anything to filter by."""
    name, build = _SINGLE[query.entity.lower()]
    if query.conditions or query.order:
        raise query_invalid(f"{name} can be queried whole only")
    if query.count:
        return {"totalCount": 1}
    return {name: [build(company)], "startPosition": 1, "maxResults": 1}


def _entity(name: str) -> Entity:
    for entity in ENTITIES.values():
        if entity.path == name.lower():
            return entity
    raise query_invalid(f"Entity {name} is not known")


def _by_keys(database: Database, found: Narrowed, wanted: _Wanted) -> tuple[list[Any], int]:
    """Page and count where the tables alone can tell."""
    count, page = 0, []
    if wanted.counted:
        row = database.one(f"SELECT count(*) FROM documents WHERE {found.where}", found.values)  # noqa: S608
        count = row[0] if row else 0
    if not wanted.query.count:
        sql = f"SELECT body FROM documents WHERE {found.where} ORDER BY {wanted.order_clause} LIMIT ? OFFSET ?"  # noqa: S608
        rows = database.execute(sql, [*found.values, wanted.query.limit, wanted.first])
        page = [from_text(body) for (body,) in rows]
    return page, count


def _by_tests(database: Database, found: Narrowed, tests: list[Test], wanted: _Wanted) -> tuple[list[Any], int]:
    """Page and count where each document has to be looked at; no more of them are held than the page has."""
    if wanted.order_clause is None and not wanted.query.count:
        return _sorted_here(database, found, tests, wanted)
    count, page = 0, []
    for _, document in _matches(database, found, tests, wanted.order_clause or "ordinal"):
        if wanted.first <= count < wanted.end:
            page.append(document)
        count += 1
        if count >= wanted.end and not wanted.counted:
            break
    return page, count


def _sorted_here(database: Database, found: Narrowed, tests: list[Test], wanted: _Wanted) -> tuple[list[Any], int]:
    """The same for an order that the tables don't know: values and row numbers are sorted, documents fetched after."""
    entries = [
        ([column.sort_key(document) for column, _ in wanted.order], seq)
        for seq, document in _matches(database, found, tests, "ordinal")
    ]
    for position, (_, descending) in reversed(list(enumerate(wanted.order))):
        entries.sort(key=lambda entry, at=position: entry[0][at], reverse=descending)  # type: ignore[misc]
    page = []
    for _, seq in entries[wanted.first : wanted.end]:
        row = database.one("SELECT body FROM documents WHERE seq = ?", (seq,))
        page.append(from_text(row[0]) if row else None)
    return page, len(entries)


def _matches(
    database: Database, found: Narrowed, tests: list[Test], order: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row numbers and documents that pass every test, read as they are asked for; nothing may change meanwhile."""
    sql = f"SELECT seq, body FROM documents WHERE {found.where} ORDER BY {order}"  # noqa: S608
    for seq, body in database.execute(sql, found.values):
        document = from_text(body)
        if all(test(document) for test in tests):
            yield seq, document
