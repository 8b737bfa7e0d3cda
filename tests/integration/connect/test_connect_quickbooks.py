"""Connecting a company, as a person does it: link, consent page, callback; and all that may be wrong with them."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from yarl import URL

from sandbox.demo.children import environment
from services.ingest.connect.attempts import Attempts
from services.ingest.connect.tickets import Purpose, Ticket, TicketOffice, browser_hash
from shared import limits
from shared.quickbooks.vault import new_key
from tests.integration.connect.conftest import Site
from tests.support.browser import Shown, browser

OTHER_REALM = "4620816365000000099"


async def until_no_grant_waits(site: Site) -> None:
    async def none_waits() -> bool:
        return site.tokens.grants(site.realm) == []

    await site.deployed.until(none_waits, "what was decided on waits no more", 20)


async def nothing_happened(site: Site, *, exchanges: int = 0) -> None:
    """No record, no grant that waits; so many codes were exchanged."""
    assert site.record() is None
    assert site.tokens.grants(site.realm) == []
    assert (await site.deployed.books.usage())["token_requests"] == exchanges


def assert_guarded(shown: Shown) -> None:
    """Nothing is stored, sent on, framed or run by a browser."""
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_person_connects_a_company_and_its_books_can_be_written_to(unconnected: Site) -> None:
    shown = await unconnected.person.connect(unconnected.link().address, unconnected.realm)
    assert (shown.status, shown.title) == (200, "Connected")
    await unconnected.until_state("active")
    info = (await unconnected.deployed.books.objects("CompanyInfo"))[0]
    assert info["CompanyName"] in shown.text
    assert_guarded(shown)
    record = unconnected.record()
    assert record is not None
    assert (record.state, record.version) == ("active", 1)
    assert record.pair.hard_expires_at is not None
    assert timedelta(days=1820) < record.pair.hard_expires_at - datetime.now(UTC) <= timedelta(days=1826)
    await until_no_grant_waits(unconnected)
    for secret in (record.pair.access_token, record.pair.refresh_token):
        assert secret not in shown.body
    assert (await unconnected.deployed.books.usage())["token_requests"] == 1


async def test_the_command_prints_the_link_waits_and_says_how_it_went(unconnected: Site) -> None:
    deployed = unconnected.deployed
    env = environment({**deployed.common, "BOOKBRIDGE_DATA": str(deployed.folder / "data")})
    words = (sys.executable, "-m", "services.cli", "connect", "quickbooks", "main", "--json")
    process = await asyncio.create_subprocess_exec(*words, env=env, stdout=asyncio.subprocess.PIPE, cwd=deployed.folder)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        offered = json.loads(await process.stdout.readline())
        assert offered["redirect_uri"] == f"{unconnected.public_url}/connect/quickbooks/callback"
        await unconnected.person.connect(offered["link"], unconnected.realm)
        ended = json.loads(await process.stdout.readline())
        assert await process.wait() == 0
    assert ended["connected"] is True
    assert ended["company"] == (await deployed.books.objects("CompanyInfo"))[0]["CompanyName"]

    code, said, complained = await deployed.command("connect", "status", "--json")
    assert code == 0, complained
    (row,) = json.loads(said)
    assert (row["company"], row["state"], row["notice"]) == (unconnected.realm, "active", None)
    assert row["access_until"] < row["refresh_until"] < row["hard_limit"]


async def test_denied_access_is_said_and_changes_nothing(unconnected: Site) -> None:
    consent = await unconnected.person.open(unconnected.link().address)
    back = await unconnected.person.decide(consent, "cancel", unconnected.realm)
    shown, attempt_again = await unconnected.person.get(back), await unconnected.person.get(back)
    assert (shown.status, shown.title) == (200, "Not connected")
    assert "Cancel was pressed" in shown.text
    assert_guarded(shown)
    assert attempt_again.text == shown.text, "also when it is loaded once more"
    await nothing_happened(unconnected)


async def test_another_company_is_named_and_not_stored(unconnected: Site) -> None:
    await unconnected.deployed.books.control("POST", "companies", {"realm": OTHER_REALM})
    shown = await unconnected.person.connect(unconnected.link().address, OTHER_REALM)
    assert shown.title == "Not connected"
    assert OTHER_REALM in shown.text
    assert unconnected.realm in shown.text
    await nothing_happened(unconnected)


async def test_a_realm_changed_in_the_address_is_found_out_before_anything_uses_the_grant(
    unconnected: Site,
) -> None:
    """Consent is for the other company, the address says ours."""
    await unconnected.deployed.books.control("POST", "companies", {"realm": OTHER_REALM})
    back = await unconnected.person.decide(
        await unconnected.person.open(unconnected.link().address), "connect", OTHER_REALM
    )
    shown = await unconnected.person.get(back.replace(OTHER_REALM, unconnected.realm))
    assert shown.title == "Not connected"
    assert "3100" in shown.text
    await until_no_grant_waits(unconnected)
    await nothing_happened(unconnected, exchanges=1)


async def test_a_callback_that_comes_twice_exchanges_its_code_once(unconnected: Site) -> None:
    """A second exchange would make Intuit end the grant."""
    back = await unconnected.person.decide(
        await unconnected.person.open(unconnected.link().address), "connect", unconnected.realm
    )
    shown = await asyncio.gather(*(unconnected.person.get(back) for _ in range(4)))
    assert [(one.status, one.title) for one in shown] == [(200, "Connected")] * 4
    assert (await unconnected.person.get(back)).title == "Connected", "loaded once more, it says what came of it"
    assert (await unconnected.deployed.books.usage())["token_requests"] == 1
    await unconnected.until_state("active")


async def test_a_link_may_be_looked_into_before_and_is_good_for_one_company_connected(
    unconnected: Site,
) -> None:
    link = unconnected.link()
    async with browser() as mail_scanner:
        await mail_scanner.open(link.address)
    shown = await unconnected.person.connect(link.address, unconnected.realm)
    assert shown.title == "Connected"
    again = await unconnected.person.get(link.address)
    assert (again.status, again.title) == (409, "This link is used up")


async def test_who_opens_a_link_at_the_last_moment_has_time_to_sign_in(unconnected: Site) -> None:
    late = unconnected.link(now=datetime.now(UTC) - timedelta(seconds=limits.CONNECT_LINK_SECONDS - 20))
    consent = await unconnected.person.open(late.address)
    in_a_while = datetime.now(UTC) + timedelta(seconds=limits.CONNECT_CONSENT_SECONDS - 20)
    ticket = unconnected.office.read(URL(consent).query["state"], Purpose.STATE, in_a_while)
    assert ticket.attempt == late.attempt
    assert ticket.until < in_a_while + timedelta(seconds=21), "not for ever"


async def test_a_page_that_a_dead_process_never_finished_does_not_claim_a_success(
    unconnected: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECT_PAGE_SECONDS", 0.2)
    link = unconnected.link()
    back = await unconnected.person.decide(await unconnected.person.open(link.address), "connect", unconnected.realm)
    async with Attempts(unconnected.deployed.log, unconnected.deployed.folder / "died.sqlite") as died:
        assert await died.claim(unconnected.realm, link.attempt)
    shown = await unconnected.person.get(back)
    assert (shown.status, shown.title) == (409, "This page was here before")
    assert "bookbridge connect status" in shown.text
    await nothing_happened(unconnected)


async def test_two_tabs_of_one_browser_both_work(unconnected: Site) -> None:
    first = await unconnected.person.open(unconnected.link().address)
    await unconnected.person.open(unconnected.link().address)
    shown = await unconnected.person.get(await unconnected.person.decide(first, "connect", unconnected.realm))
    assert shown.title == "Connected"


async def test_another_browser_can_not_bring_the_state_back(unconnected: Site) -> None:
    back = await unconnected.person.decide(
        await unconnected.person.open(unconnected.link().address), "connect", unconnected.realm
    )
    async with browser() as thief:
        shown = await thief.get(back)
    assert (shown.status, shown.title) == (400, "Not connected")
    await nothing_happened(unconnected)
    assert (await unconnected.person.get(back)).title == "Connected", "and the right one still can"


@pytest.mark.parametrize("cookie", [b"\xff", b"x" * 3_000, b'"\\377"', b""])
async def test_any_bytes_in_place_of_the_cookie_are_another_browser(unconnected: Site, cookie: bytes) -> None:
    state = parse_qs(urlsplit(await unconnected.person.open(unconnected.link().address)).query)["state"][0]
    public = URL(unconnected.public_url)
    query = f"code=AB1&realmId={unconnected.realm}&state={state}"
    reader, writer = await asyncio.open_connection(public.host, public.port)
    head = f"GET /connect/quickbooks/callback?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
    writer.write(head + b"Cookie: bookbridge_connect=" + cookie + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.split()[1] == b"400"
    assert b"This is not the browser" in answer
    await nothing_happened(unconnected)


async def test_links_and_states_that_are_forged_damaged_or_too_old_are_refused(unconnected: Site) -> None:
    good = unconnected.link()
    ticket = parse_qs(urlsplit(good.address).query)["link"][0]
    start = f"{unconnected.public_url}/connect/quickbooks/start"
    strangers = TicketOffice([new_key()])
    stranger = strangers.sign(Ticket(Purpose.LINK, "a", "main", unconnected.realm, good.until))
    old = unconnected.link(now=datetime.now(UTC) - timedelta(seconds=901))
    unknown = unconnected.office.sign(Ticket(Purpose.LINK, "a", "other", unconnected.realm, good.until))
    for address, status in (
        (f"{start}?link={stranger}", 400),
        (f"{start}?link={ticket[:-2]}", 400),
        (f"{start}?link=x{ticket}", 400),
        (f"{start}?link={ticket}&link={ticket}", 400),
        (start, 400),
        (f"{start}?link={'a' * 3000}", 400),
        (old.address, 410),
        (f"{start}?link={unknown}", 404),
        (unconnected.link(realm=OTHER_REALM).address, 404),
    ):
        shown = await unconnected.person.get(address)
        assert shown.status == status, address
        assert "Location" not in shown.headers
        assert_guarded(shown)

    state = parse_qs(urlsplit(await unconnected.person.open(good.address)).query)["state"][0]
    callback = f"{unconnected.public_url}/connect/quickbooks/callback?code=AB1&realmId={unconnected.realm}"
    expired = unconnected.office.sign(
        Ticket(Purpose.STATE, "a", "main", unconnected.realm, datetime.now(UTC), browser_hash("x"))
    )
    for address, status in (
        (callback, 400),
        (f"{callback}&state={ticket}", 400),  # a link is no state
        (f"{callback}&state={state[:-1]}", 400),
        (f"{callback}&state={state}&state={state}", 400),
        (f"{callback}&state={expired}", 410),
    ):
        assert (await unconnected.person.get(address)).status == status, address
    await nothing_happened(unconnected)


async def test_no_address_in_a_request_is_ever_fetched_or_redirected_to(unconnected: Site) -> None:
    """Neither an open redirect, nor a request of ours to a place that a stranger chooses."""
    evil = "http://127.0.0.1:9/evil"
    extra = "".join(
        f"&{name}={evil}" for name in ("redirect_uri", "next", "url", "discovery", "authorization_endpoint")
    )
    consent = await unconnected.person.open(unconnected.link().address + extra)
    assert consent.startswith(f"{unconnected.deployed.books.base_url}/connect/oauth2?")
    assert evil not in consent
    assert URL(consent).query["redirect_uri"] == f"{unconnected.public_url}/connect/quickbooks/callback"
    back = await unconnected.person.decide(consent, "connect", unconnected.realm)
    shown = await unconnected.person.get(back + extra)
    assert shown.title == "Connected"
    assert evil not in shown.body


@pytest.mark.parametrize("error", ["invalid_scope", "server_error", "<script>alert(1)</script>"])
async def test_other_errors_of_the_consent_page_are_told_in_words(unconnected: Site, error: str) -> None:
    consent = await unconnected.person.open(unconnected.link().address)
    state = URL(consent).query["state"]
    callback = URL(f"{unconnected.public_url}/connect/quickbooks/callback").with_query(error=error, state=state)
    shown = await unconnected.person.get(str(callback))
    assert shown.title == "Not connected"
    assert "<script" not in shown.body
    assert ("unknown error" if "<" in error else error) in shown.text
    await nothing_happened(unconnected)


async def test_a_lost_answer_to_the_exchange_is_told_and_the_code_not_sent_again(unconnected: Site) -> None:
    await unconnected.deployed.books.add_fault("drop_after_commit", match={"operation": "token"}, times=1)
    shown = await unconnected.person.connect(unconnected.link().address, unconnected.realm)
    assert shown.title == "Not connected"
    assert "lost" in shown.text
    await nothing_happened(unconnected, exchanges=1)
    assert (await unconnected.person.connect(unconnected.link().address, unconnected.realm)).title == "Connected"


async def test_a_browser_that_comes_back_after_the_codes_ten_minutes_is_told_so_and_a_new_link_works(
    unconnected: Site,
) -> None:
    """As one on a computer that slept meanwhile."""
    back = await unconnected.person.decide(
        await unconnected.person.open(unconnected.link().address), "connect", unconnected.realm
    )
    await unconnected.deployed.books.advance(601)
    shown = await unconnected.person.get(back)
    assert shown.title == "Not connected"
    assert "QuickBooks does not take the code: it is good once, for ten minutes" in shown.text
    await nothing_happened(unconnected, exchanges=1)
    assert (await unconnected.person.connect(unconnected.link().address, unconnected.realm)).title == "Connected"


async def test_other_methods_and_paths_are_refused(unconnected: Site) -> None:
    session = unconnected.deployed.session
    for path, method, status in (
        ("/connect/quickbooks/start", "POST", 405),
        ("/connect/quickbooks/callback", "DELETE", 405),
        ("/connect/quickbooks", "GET", 404),
    ):
        async with session.request(method, unconnected.public_url + path) as answer:
            assert answer.status == status, path


async def test_disconnecting_gives_the_grant_back_and_connecting_again_needs_no_restart(
    unconnected: Site,
) -> None:
    await unconnected.person.connect(unconnected.link().address, unconnected.realm)
    await unconnected.until_state("active")
    before = unconnected.record()
    assert before is not None
    code, said, complained = await unconnected.deployed.command("disconnect", "main", "--yes")
    assert code == 0, complained
    assert "is disconnected" in said
    record = unconnected.record()
    assert record is not None
    assert record.state == "disconnected"
    url = f"{unconnected.deployed.books.base_url}/v3/company/{unconnected.realm}/companyinfo/{unconnected.realm}"
    authorization = {"Authorization": f"Bearer {before.pair.access_token}"}
    async with unconnected.deployed.session.get(url, headers=authorization) as answer:
        assert answer.status == 401, "the sandbox, as Intuit, has ended the grant"
    code, said, _ = await unconnected.deployed.command("connect", "status")
    assert code == 1
    assert "bookbridge connect quickbooks main" in said
    assert max(len(line) for line in said.splitlines() if "│" in line or "┃" in line) <= 100
    await unconnected.person.connect(unconnected.link().address, unconnected.realm)
    await unconnected.until_state("active")


async def test_behind_tls_no_other_host_can_give_a_browser_our_cookie(behind_tls: Site) -> None:
    """A neighbour under the same domain may set any other: who brings a state back with such a one is refused."""
    inside = f"http://127.0.0.1:{behind_tls.deployed.port}/connect/quickbooks"
    ticket = parse_qs(urlsplit(behind_tls.link().address).query)["link"][0]
    opened = await behind_tls.person.get(f"{inside}/start?link={ticket}")
    name, _, rest = opened.headers["Set-Cookie"].partition("=")
    assert name == "__Host-bookbridge_connect"
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(rest.split("; "))
    assert "Domain" not in rest
    consent = URL(opened.headers["Location"])
    assert consent.query["redirect_uri"] == "https://bridge.example/qb/connect/quickbooks/callback"
    secret = rest.partition(";")[0]
    callback = URL(f"{inside}/callback").with_query(error="access_denied", state=consent.query["state"])
    for cookie, status in ((f"bookbridge_connect={secret}", 400), (f"{name}={secret}", 200)):
        async with behind_tls.deployed.session.get(callback, headers={"Cookie": cookie}) as answer:
            assert answer.status == status, cookie
