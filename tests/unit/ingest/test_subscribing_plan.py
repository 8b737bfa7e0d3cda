"""What is done about a shop's subscriptions, for any that it may have."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.mageos_events import SUBJECTS, SUBSCRIBED
from services.ingest.subscribing.plan import Action, Step, Subscription, Wanted, plan

BASE = "https://hooks.example"
EVENTS = ("sales.order.created", "customer.created")
WANTED = Wanted("main", BASE, EVENTS)
OURS = WANTED.address(EVENTS[0])
FOREIGN = [
    "https://hooks.example/other",
    "https://hooks.example/webhooks/main-2/mageos/sales.order.created",
    "https://hooks.example.evil.example/hook",
    "https://erp.example/magento",
    "https://erp.example/webhooks/main/adobe-io",
    "arn:aws:events:ap-southeast-2:1234:rule/bus",
    "queue",
    "",
    "http://[broken",
]
HERE = [WANTED.address(event) for event in (*EVENTS, "customer.login")] + ["HTTPS://Hooks.Example:443" + OURS[21:]]
ELSEWHERE = ["https://old.example" + OURS[21:], "http://hooks.example" + OURS[21:], "https://old.example/x" + OURS[21:]]


def apply(found: list[Subscription], steps: list[Step]) -> list[Subscription]:
    """The shop after the steps."""
    by_id = {one.id: one for one in found}
    for step in steps:
        if step.action is Action.MAKE:
            made = Subscription(max(by_id, default=0) + 1, step.event, step.address, active=True)
            by_id[made.id] = made
        elif step.action in (Action.SWITCH_ON, Action.SWITCH_OFF):
            assert step.id is not None
            by_id[step.id] = replace(by_id[step.id], active=step.action is Action.SWITCH_ON)
    return list(by_id.values())


rows = st.tuples(
    st.sampled_from([*EVENTS, "customer.login", "cms.page.created"]),
    st.sampled_from(FOREIGN + HERE + ELSEWHERE),
    st.booleans(),
)
shops = st.lists(rows, max_size=12).map(
    lambda made: [Subscription(number, *row) for number, row in enumerate(made, start=1)]
)


@given(shops, st.booleans(), st.booleans())
def test_after_a_run_each_event_is_told_once_at_its_address_and_another_run_changes_nothing(
    found: list[Subscription], prune: bool, renew: bool
) -> None:
    steps = plan(WANTED, found, prune=prune, renew=renew)
    after = apply(found, steps)
    for event in EVENTS:
        live = [it for it in after if it.active and it.event == event and WANTED.is_here(it.address)]
        assert len(live) == 1
        assert live[0].address.lower().endswith(WANTED.address(event)[21:])
    assert {step.action for step in plan(WANTED, after, prune=prune)} <= {Action.KEEP, Action.LEAVE}


@given(shops, st.booleans(), st.booleans())
def test_what_is_not_of_this_connection_is_never_touched(found: list[Subscription], prune: bool, renew: bool) -> None:
    after = {it.id: it for it in apply(found, plan(WANTED, found, prune=prune, renew=renew))}
    assert all(after[it.id] == it for it in found if it.address in FOREIGN)


@given(shops, st.booleans())
def test_other_addresses_of_the_connection_are_switched_off_only_when_told(
    found: list[Subscription], renew: bool
) -> None:
    there = [it for it in found if it.active and it.address in ELSEWHERE]
    kept = {it.id: it for it in apply(found, plan(WANTED, found, renew=renew))}
    assert all(kept[it.id].active for it in there)
    pruned = {it.id: it for it in apply(found, plan(WANTED, found, renew=renew, prune=True))}
    assert not any(pruned[it.id].active for it in there)


@given(shops)
def test_nothing_is_switched_off_before_what_replaces_it_is_there(found: list[Subscription]) -> None:
    for step, before in _with_before(plan(WANTED, found, prune=True, renew=True)):
        if step.action is Action.SWITCH_OFF and step.event in EVENTS:
            assert any(it.event == step.event and it.action is Action.MAKE for it in before)


def _with_before(steps: list[Step]) -> list[tuple[Step, list[Step]]]:
    return [(step, steps[:place]) for place, step in enumerate(steps)]


def test_one_that_was_switched_off_is_switched_on_and_of_several_the_newest() -> None:
    found = [Subscription(3, EVENTS[0], OURS, active=False), Subscription(7, EVENTS[0], OURS, active=False)]
    first = plan(WANTED, found)[0]
    assert (first.action, first.id) == (Action.SWITCH_ON, 7)


def test_of_two_that_tell_the_same_the_older_is_switched_off() -> None:
    found = [Subscription(3, EVENTS[0], OURS, active=True), Subscription(7, EVENTS[0], OURS, active=True)]
    steps = [(step.action, step.id) for step in plan(WANTED, found)][:2]
    assert steps == [(Action.KEEP, 7), (Action.SWITCH_OFF, 3)]


def test_one_that_sends_to_the_address_of_another_event_is_switched_off_untold() -> None:
    found = [Subscription(3, "customer.updated", OURS, active=True)]
    assert plan(WANTED, found)[-1] == Step(
        Action.SWITCH_OFF, "customer.updated", OURS, 3, "the address is that of another event"
    )


@pytest.mark.parametrize("event", SUBSCRIBED)
def test_every_event_that_we_subscribe_to_is_one_that_the_receiver_takes(event: str) -> None:
    assert event in SUBJECTS
