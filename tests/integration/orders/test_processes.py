"""The processes as an operator meets them: how they stop, what they refuse to start with, what their logs hold."""

from __future__ import annotations

import re
import time

import pytest

from shared import limits
from shared.topics import ORDERS
from tests.integration.orders.in_the_books import booked
from tests.support.deployment import TOKEN, Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(180)


async def test_a_stop_in_the_middle_of_work_is_quick_clean_and_loses_nothing(embedded: Deployment) -> None:
    """SIGTERM with writes under way: exit code 0, what was finished is committed, the rest is done by the next one."""
    writer = await embedded.start_all()
    rule = await embedded.books.add_fault("delay", match={"entity": "SalesReceipt"}, seconds=1.0)
    placed = await embedded.shop.place(*(cart() for _ in range(12)))

    async def at_work() -> bool:
        return bool((await embedded.books.fault(rule))["matched"])

    await embedded.until(at_work, "writes are under way")
    since = time.monotonic()
    assert await embedded.stop(writer, limits.SHUTDOWN_SECONDS + 2) == 0
    assert time.monotonic() - since < limits.SHUTDOWN_SECONDS
    finished = [one for one in placed if await embedded.outcomes(embedded.key(one))]
    await embedded.books.clear_faults()
    await embedded.restart_writer()
    for one in placed:
        await booked(embedded, one)
    assert len(await embedded.documents()) == len(placed)
    for one in finished:
        assert len(await embedded.outcomes(embedded.key(one))) == 1, "what was finished was committed: not done again"
    assert "Traceback" not in writer.log.read_text()


async def test_an_idle_process_stops_at_once_with_everything_committed(embedded: Deployment) -> None:
    """And while it runs, a second one on its folder is refused."""
    process = await embedded.start_all()
    placed = await embedded.place(cart())
    await booked(embedded, placed)
    code, _, complained = await embedded.command("run")
    assert code == 2 and "another process works in" in complained
    since = time.monotonic()
    assert await embedded.stop(process) == 0
    assert time.monotonic() - since < 5
    (record,) = await embedded.read(ORDERS)
    consumer = embedded.log.consumer("orders", [ORDERS])
    await consumer.start()
    try:
        assert await consumer.committed(record.source) == record.offset + 1
    finally:
        await consumer.close()


async def test_logs_hold_no_secret_and_no_customer(embedded: Deployment) -> None:
    """After a run with a refusal, a lost answer, an expired token and names that are taken; in the debug level."""
    embedded.common = {**embedded.common, "BOOKBRIDGE_LOG_LEVEL": "debug"}
    await embedded.books.seed({"Vendor": [{"DisplayName": "Quirina Secretive"}]})
    process = await embedded.start_all()
    person = ("Quirina", "Secretive")
    for effect in ("drop_after_commit", "status"):
        await embedded.books.add_fault(effect, match={"method": "POST", "entity": "SalesReceipt"}, times=1)
    await booked(embedded, await embedded.place(cart(email="quirina@private.example", person=person)))
    await embedded.books.expire_tokens()
    await embedded.books.settings(book_close_date="2099-12-31")
    refused = await embedded.place(cart(email="other@private.example", person=person))
    await embedded.until_settled(embedded.key(refused), "parked")
    assert await embedded.stop(process) == 0
    said = process.log.read_text()
    assert '"outcome":"parked"' in said and '"outcome":"uncertain"' in said, "there was something to tell"
    secrets = re.findall(r'"([^"]{8,})"', (embedded.folder / "secrets.toml").read_text())
    assert len(secrets) >= 8 and TOKEN in secrets
    public = (embedded.books.client_id,)
    for secret in [one for one in secrets if one not in public]:
        assert secret not in said
    for private in ("Bearer ", "private.example", "Quirina", "Secretive", "Main St", "555-0100"):
        assert private.lower() not in said.lower(), private


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("chmod", "can be read by others"),
        ("toml", "is not a TOML document"),
        ("environment", "kafka_replication"),
    ],
)
async def test_a_process_that_can_not_start_says_why_in_words(embedded: Deployment, spoil: str, words: str) -> None:
    secrets = embedded.folder / "secrets.toml"
    text = secrets.read_text()
    if spoil == "chmod":
        secrets.chmod(0o640)
    elif spoil == "toml":
        secrets.write_text(text + "\n[realms\n")
    else:
        embedded.common = {**embedded.common, "BOOKBRIDGE_KAFKA_REPLICATION": "many"}
    code, said, complained = await embedded.command("run")
    assert (code, said) == (2, "")
    assert words in complained and "Traceback" not in complained
    assert not any(secret in complained for secret in re.findall(r'refresh_token = "([^"]+)"', text))
