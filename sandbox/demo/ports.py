"""Ports on the loopback: free ones for a demo, fixed ones for `bookbridge up` (design, section 5)."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from sandbox.demo.failures import CouldNotRun


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens. `shop` is the first shop's; further shops take free ones."""

    ingest: int
    books: int
    shop: int
    health: int
    orders_health: int
    inventory_health: int
    kafka: int


def free_ports() -> Ports:
    """Seven that were free a moment ago; all are held until the last is found, so that they differ."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(7)]
    try:
        return Ports(*(probe.getsockname()[1] for probe in probes))
    finally:
        for probe in probes:
            probe.close()


FIXED = Ports(ingest=8080, books=8090, shop=8091, health=9100, orders_health=9101, inventory_health=9103, kafka=9092)


def check_free(ports: dict[str, int]) -> None:
    """Raises CouldNotRun naming every port that another program has."""
    taken = []
    for purpose, port in ports.items():
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            taken.append(f"{port} ({purpose}): {os.strerror(error.errno or 0)}")
    if taken:
        raise CouldNotRun("port " + "; port ".join(taken) + ". End the other program, or use `bookbridge demo`.")
