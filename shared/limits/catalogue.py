"""Bounds of items and of the catalogue that makes them of products."""

from __future__ import annotations

# --- items (services/items.py) -------------------------------------------------------------------------------------
ITEM_INTENT_SECONDS = 3.0  # another service's intent may be on its way: most calls take under a second
ITEM_INTENT_LOOK_SECONDS = 0.05  # between two looks whether it has ended

# --- the catalogue (services/catalog) --------------------------------------------------------------------------------
CATALOG_SETTLE_SECONDS = 1.0  # what changed waits for what comes with it: one plan for a burst
CATALOG_HURRY_SECONDS = 0.2  # changed products wait for others' changes that come with theirs
CATALOG_HURRIED = 50  # products whose change doesn't wait for a plan; of more the plan makes batches
CATALOG_REST = 4  # times a plan's own time until the next: plans take a fifth of a processor at most
CATALOG_REST_MAX_SECONDS = 60.0
CATALOG_RETRY_SECONDS = 5.0  # after a trouble, doubling: QuickBooks or the log is away, a person must reconnect
CATALOG_RETRY_MAX_SECONDS = 60.0
CATALOG_BATCH_FROM = 10  # operations from which batches are sent: fewer go one by one, which costs no metered call
CATALOG_BATCHES_AT_ONCE = 4  # 40 a minute with answers that take 5 s; six of ten calls at once stay for orders
CATALOG_SINGLES_AT_ONCE = 2
CATALOG_ROWS_AT_ONCE = 500  # rows read before others get a turn
CATALOG_IDS_AT_ONCE = 200  # items looked up by one metered query
CATALOG_FAILED = 10_000  # failed operations remembered; over it the memory starts afresh
CATALOG_CATEGORY_SECONDS = 900.0  # until a category that QuickBooks refused is tried again
CATALOG_TELLS_AT_ONCE = 50  # conflicts on their way into the log: a first plan may have a thousand
CATALOG_PROGRESS_SECONDS = 10.0  # between two lines of progress
CATALOG_PACE_SECONDS = 120.0  # over which the pace of a load is measured: a minute's batches may go out at once
CATALOG_STATUS_SILENT_SECONDS = 60.0  # a load that tells nothing for so long has no process, or one that hangs
CATALOG_BATCH_MEMORY_SECONDS = 75.0  # a minute, and clocks of two machines
CATALOG_TAIL_RECORDS = 5_000  # links of a minute: 40 batches of 30 items in three records each, and some orders'

# --- The catalogue (shared/mapping/catalog, services/catalog_cli.py)
ITEM_NAME_CHARS = 100  # reference/quickbooks.md, section 8: Item
CATEGORY_LEVELS = 4  # reference/quickbooks.md, section 8: Item
ITEM_DESCRIPTION_CHARS = 4_000
ITEM_PURCHASE_DESCRIPTION_CHARS = 1_000
ITEM_PRICE_MAX = 99_999_999_999
ITEM_PRICE_PLACES = 4  # the shop keeps up to six, of which people type two; bulk updates of prices leave tails behind
CATALOG_READ_SECONDS = 60.0  # for the lists of a company: 20,000 items take some seconds
CATALOG_POLL_RECORDS = 1_000  # snapshots of products at once: some 10 MB, bounded by FETCH_MAX_BYTES
CATALOG_TELL_EVERY = 1_000  # items between two words about the progress
CATALOG_ROWS_SHOWN = 20  # of each table, unless more are asked for
