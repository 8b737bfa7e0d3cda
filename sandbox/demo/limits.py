"""Every bound of the demo, with its reason. Units are in the names."""

from __future__ import annotations

MIB = 1024 * 1024

CALL_SECONDS = 30.0  # one call to a sandbox: they answer within milliseconds, on a busy machine within a second
START_SECONDS = 45.0  # a process that imports and restores while others do the same; usually 2 s
KAFKA_START_SECONDS = 420.0  # its script may fetch 44 MB first, and bounds each of its steps itself
KAFKA_STOP_SECONDS = 45.0  # the same for a stop
STOP_SECONDS = 15.0  # after SIGTERM; then SIGKILL
POLL_SECONDS = 0.1  # between two looks at something that is about to be so
DEATH_LINES = 20  # of a dead process's log, for the person who reads why

ORDERS_MAX = 5_000  # generated ones: ten minutes' worth of QuickBooks' quota
SAMPLE_FILE_MAX_BYTES = 16 * MIB  # an order of 5,000 lines
SAMPLE_FILES_MAX = 5_000
SHOPS_MAX = 24  # processes of 60 MB each; what clashes in all of them is named and left out

# A new order costs a write for its document, and often one for a customer or an item. Slow enough that what is
# measured is the way to the books, not a queue in front of QuickBooks' 10 calls a second; in a process of its own the
# orders service has half of them.
ORDERS_PER_SECOND = {"embedded": 4.0, "kafka": 2.0}
PLACING_SECONDS = 75.0  # more orders are placed faster, so that the whole ends in time
CALLS_PER_MINUTE = 200  # what QuickBooks' quota surely lets the orders service make, for the bound on waiting
WARM_UP_SECONDS = 60.0  # for the first order: the books' lists are read
SETTLE_SECONDS = 100.0  # for all of the default 50 to be decided after the first was placed
FAULTS_PATIENCE = 4  # times both, under a fault plan: one senseless Retry-After stops a company's calls for a minute
QUIET_SECONDS = 1.0  # nothing new in the log for so long after everything is answered
DOCUMENT_CALLS = 3  # writes that an order may need: its document, a customer, an item

PROGRESS_SECONDS = 2.0  # between two lines where there is no terminal
PARKED_SHOWN = 20  # of the parked orders, in the table
PROBLEMS_SHOWN = 40

UP_PIECES = 500  # of each counted product: an hour of orders
UP_ORDER_SECONDS = (2.0, 6.0)  # from one order to the next, at random
