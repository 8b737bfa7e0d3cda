"""Bounds of calls to a shop: readings, backfills, sweeps, subscriptions."""

from __future__ import annotations

from shared.limits.sizes import MIB

# --- Magento's REST ------------------------------------------------------------------------------------------------
MAGENTO_CALL_SECONDS = 60.0  # Magento loads a list of 100 orders order by order: long on a busy shop
MAGENTO_CONNECT_SECONDS = 10.0
MAGENTO_ANSWER_MAX_BYTES = 64 * MIB  # 100 orders of 300 lines; a longer answer is asked for again in smaller pages
MAGENTO_CONNECTIONS = 8  # at once to one shop: its PHP workers serve its customers first
MAGENTO_PAGE_MAX = 100  # shops with input limits refuse more than 300, and lists of 100 already take seconds
MAGENTO_FILTERS_MAX = 10  # groups, and filters in a group: Magento 2.4.8 sorts [10] before [2] in OAuth signatures
MAGENTO_DOCUMENTS_MAX = 1_000  # invoices or credit memos of one order; more means that the shop ignores the filter
MAGENTO_FIRST_BYTES = 200  # kept of an answer that is not what it should be
MAGENTO_WAIT_SECONDS = 30.0  # after 429 without Retry-After
MAGENTO_WAIT_MAX_SECONDS = 600.0  # a longer Retry-After is not believed

# --- reading shops -------------------------------------------------------------------------------------------------
SHOP_CALLS_AT_ONCE = 8  # entities or pages; a busy shop serves its customers first; an order costs four calls at once
ENTITIES_OF_A_PAGE = 4  # read at once, where a page is read one by one: as many calls as an order costs
PUBLISHED_SCAN_ROWS = 500  # rows looked at before others get a turn: a few ms
READINGS_REMEMBERED = 20_000  # entities whose last reading was no news, some 5 MiB: those of the last minutes
SHOP_DOWN_SECONDS = 5.0  # between probes of a shop that does not answer
SHOP_REFUSED_SECONDS = 60.0  # the same when it refuses our credentials: a person must act
BAD_ANSWER_SECONDS = 3600.0  # an order whose answer makes no sense is read again for so long: plugins get mended
NOT_FOUND_SECONDS = 60.0  # an event can come before its commit (mageos-common-async-events#10); then it is final
NOT_FOUND_FIRST_SECONDS = 0.5  # the first wait after a 404, doubling
NOT_FOUND_PAUSE_MAX_SECONDS = 10.0
REREAD_SECONDS = 1.0  # at most one reading of an entity in this time: a burst of hints doesn't hammer the shop
REREAD_HINTS = 100  # unless so many hints of it wait: a fifth of what a partition may hold (LANES_PARTITION_RECORDS)
REREAD_LOOK_SECONDS = 0.1  # between two looks at how many there are
REREADS_REMEMBERED = 10_000  # entities, some 1 MiB; those past their time are dropped then
QUIET_RETRY_SECONDS = 1.0  # a handler that asks for no longer wait than this is no news
STORE_CONFIG_SECONDS = 3600.0  # how long a store's time zone is believed
TOKEN_CHECK_SECONDS = 30.0  # the keeper's look at the tokens of its realms
SHUTDOWN_SECONDS = 28.0  # for all parts of a process to stop: STOP_GRACE_SECONDS and some calls to the log
PROGRESS_SECONDS = 5.0  # between two looks at a consumer loop, for gauges and the watchdog
STUCK_POLL_SECONDS = 90.0  # three times the longest poll that the log allows
STUCK_WORK_SECONDS = 600.0  # a handler's longest call takes 130 s, and the lanes retry within HANDLER_WAIT_MAX_SECONDS

# --- backfill (services/ingest/backfill, services/backfill_cli.py) ---------------------------------------------------
BACKFILL_RATE_MAX = 60_000  # documents a minute: more than any shop gives; a bound against a slip of the finger
BACKFILL_NAMED_MAX = 10_000  # ids or numbers of one command: 0.5 MiB of numbers at most, within one record
BACKFILL_NUMBER_CHARS = 50  # sales_order.increment_id is varchar(50) (Magento's db_schema.xml)
BACKFILL_NAMED_SHOWN = 4  # ids or numbers in a line of a table
BACKFILL_FLAWS_NAMED = 100  # unreadable and missing documents that are named; the rest is counted
BACKFILL_PAGE_SECONDS = 10.0  # a page holds no more than the rate's documents of so long: an even load
BACKFILL_BAD_RUN = 50  # unreadable in a row: then it is the shop that is broken, and the backfill ends as failed
BACKFILL_RECHECK_SECONDS = 5.0  # an idle worker looks for what it was not told of: a job another process left
BACKFILLS_WAITING_MAX = 20  # backfills of a connection that have not ended: they run one after another
BACKFILLS_KEPT = 50  # ended ones that `backfill --list` still shows; older ones are forgotten
BACKFILL_LOOK_SECONDS = 0.2  # the command line's looks at a backfill's progress
BACKFILL_PLAIN_SECONDS = 10.0  # between two lines of progress where no terminal is
BACKFILL_SILENCE_SECONDS = 10.0  # after that the command line says that nobody has taken the backfill up
BACKFILL_CANCEL_SECONDS = 15.0  # the command line waits so long for the page under way; longer is told
BACKFILL_SPEED_SECONDS = 60.0  # what counts for the speed that is shown
BACKFILL_WHAT_CHARS = 18  # of a line of the table say what is read, at least: the rest of 100 columns is figures

# --- sweeps of a shop (services/ingest/sweep) ------------------------------------------------------------------------
SWEEP_FIRST_SECONDS = 86_400  # the first sweep begins so long before the connection: orders of the day it was set up
SWEEP_LAG_SECONDS = 30  # a window ends so long before the shop's now: most transactions are committed by then
SWEEP_OVERLAP_SECONDS = 600  # and the last minutes are looked at again, for those that weren't
SWEEP_SETTLED_SECONDS = 120  # a snapshot read so long after a row's updated_at holds what the row became
SWEEP_WINDOW_SECONDS = 86_400  # a longer gap is cut: what a month's outage left is taken up day by day, oldest first
SWEEP_PAGES_BEFORE_GROWING = 5  # pages that came before larger ones are tried again on a shop that is slow
SWEEP_HUNT_CALLS = 70  # to find an unknown id below 2^32: so many doublings and halves, and some
SWEEP_BROKEN_IN_A_ROW = 20  # rows that no list shows, without one between that a list shows: the list is what is broken
SWEEP_RETRY_SECONDS = 60.0  # after an answer that makes no sense, or a refusal of one of the calls
SWEEP_UNREADABLE = 1_000  # orders of a connection that can't be read; with more it is the shop that is broken
SWEEP_UNREADABLE_TRIES = 20  # of them that are tried again in one sweep, those that waited longest first
SWEEP_KNOWN = 50_000  # documents whose last reading is remembered, some 10 MiB; those of before the overlap are dropped
NIGHTLY_LOOK_SECONDS = 60.0  # between two looks at whether the nightly work is due
GAP_NUMBERS_AT_ONCE = 50  # order numbers in one question: under 1 kB of address
GAP_NUMBERS_MAX = 2_000  # asked for in one night: 40 calls; the rest waits for the next night
GAP_NUMBERS_IN_GROUP = 256  # known numbers are bits: 4,000 groups, under 1 MiB, for a million in a row
GAP_WIDTH_MAX = 1_000  # missing in one place; a wider gap is a sequence that was set forward

# --- subscribing to a shop's events (services/ingest/subscribing) ---------------------------------------------------
MAGEOS_SUBSCRIPTIONS_MAX = 5_000  # a shop has dozens; more are no list of subscriptions
MAGEOS_TOKEN_MAX_CHARS = 128  # encrypted, it must fit into a column of 255 characters
MAGEOS_ADDRESS_MAX_CHARS = 1_024  # of the column
PROOF_SECONDS = 15.0  # for a test event to our own address: Mage-OS waits no longer
PROOF_ANSWER_BYTES = 4_096  # of its answer: the receiver's are under 300
