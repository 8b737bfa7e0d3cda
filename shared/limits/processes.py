"""Bounds of processes, their logs and health, and of commands that tell how far they are."""

from __future__ import annotations

# --- logs and health -----------------------------------------------------------------------------------------------
LOG_VALUE_MAX_CHARS = 2_000  # of one text in a log line: enough for an error page's beginning, not for a document
LOG_NESTING_MAX = 6  # levels of a structure in a log line; what lies deeper is left out
LIBRARY_LOG_LINES = 5  # of one message of a library per window: aiokafka repeats itself thousands of times in an outage
LIBRARY_LOG_WINDOW_SECONDS = 60.0
LIBRARY_LOG_MESSAGES = 1_000  # different messages remembered for that; over it the memory starts afresh
HEALTH_KEEPALIVE_SECONDS = 30.0  # longer than Prometheus' usual interval of 15 s, so that it keeps its connection
HEALTH_SHUTDOWN_SECONDS = 2.0  # a scrape under way at shutdown may finish

# --- processes -----------------------------------------------------------------------------------------------------
OUTGOING_CONNECTIONS = 100  # to shops and QuickBooks together: realms have 10 calls at once each, shops 8
HEALTH_PORTS = {"ingest": 9100, "run": 9100, "orders": 9101, "catalog": 9102, "inventory": 9103}  # unless set
SETTINGS_WATCH_SECONDS = 1.0  # how late a change of a settings file is noticed
LACKING_PAUSE_SECONDS = 1.0  # after a change of the lists, before those who wait for it are looked for: one look each
HELD_SCAN_ROWS = 200  # links looked at before others get a turn

# --- progress of commands (services/telling.py) -----------------------------------------------------------------------
TELL_SILENT_SECONDS = 2.0  # what takes longer shows how far it is
TELL_PLAIN_SECONDS = 5.0  # between two lines of it where no terminal is
TELL_TICK_SECONDS = 0.5  # between two looks at whether something is to be told
