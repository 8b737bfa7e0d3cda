"""Bounds of stock: written to a shop, corrected in the books, asked about by people."""

from __future__ import annotations

from shared.limits.sizes import MIB

# --- stock written to a shop -----------------------------------------------------------------------------------------
SKU_LENGTH = 64  # characters; inventory_source_item.sku varchar(64)
STOCK_QUANTITY_MAX = 100_000_000  # decimal(12,4) holds eight digits before the point
STOCK_BATCH = 100  # rows of one write; a shop with input limits takes 20, which is found out by halving
STOCK_SEARCH_CHARACTERS = 3_000  # of SKUs in one address: web servers take 8 KiB of it, the search around it included
STOCK_CALLS_AT_ONCE = 4  # half of the connections to a shop: readings and customers go on beside
STOCK_MOVES = 8  # of one order's documents kept apart by their times: an order is rarely changed twice
STOCK_LOOK_LAG_SECONDS = 5  # what changed so shortly before a look may be missing in it: rows show up late
STOCK_CLOCK_SECONDS = 60.0  # that our clock may be ahead of QuickBooks': a write is dated so much before our decision
STOCK_KEEP_SECONDS = 3600.0  # between two looks for open orders that the log is about to forget
STOCK_KEEP_ORDERS = 200  # of those, read again at a time: a minute's work of a backfill
STOCK_ORDERS_AT_ONCE = 200  # orders looked through before others get their turn: some 20 ms
STOCK_KNOWN_AT_ONCE = 100  # SKUs put together before others get their turn: some 20 ms
STOCK_BROKEN_IN_A_ROW = 16  # batches answered with a fault of the server: over two halvings of a batch to its last row

# --- the shop as master of quantities (services/inventory/adjusting_*.py) ---------------------------------------------
ADJUST_ITEMS = 50  # items asked for by one metered query and then corrected: 15 s with calls of 300 ms
ADJUST_ITEMS_SET = 5  # the same where quantities are set, which overwrites what was sold since the query
ADJUST_SCAN = 500  # links looked at before others get a turn: about 10 ms
ADJUST_CLOCK_SECONDS = 5.0  # our machines' clocks may differ by so much, and the shop tells its time in whole seconds
ADJUST_LOOK_SECONDS = 5.0  # between two looks whether what is waited for is there
ADJUST_TURN_SECONDS = 30.0  # SKUs that differ are read again so often: a sweep passes every five minutes
ADJUST_WALK_SECONDS = 900.0  # all SKUs are read so often: what somebody counted in the shop tells nobody
ADJUST_REFUSED_SECONDS = 3600.0  # what QuickBooks refuses is tried again: plan, closed books, start dates
ADJUST_REFUSED_IN_A_ROW = 10  # then it isn't the items: an account of the wrong kind
ADJUST_RESEND_SECONDS = 3600.0  # so long a requestid is surely known again; how long it is isn't documented
ADJUST_REMEMBERED = 10_000  # items that QuickBooks refused to correct; over it memory starts afresh

# --- the inventory service (services/inventory) ----------------------------------------------------------------------
STOCK_SETTLE_SECONDS = 0.2  # a change waits for what comes with it, so that a SKU is written once for a burst
STOCK_LOOK_SECONDS = 0.5  # between two looks whether what is waited for is there
STOCK_TURN_SKUS = 1_000  # changed SKUs of one turn: some 35 calls, four at once
STOCK_WALK_SKUS = 400  # of a walk over all SKUs, in one turn: a change that comes meanwhile waits for a second or two
STOCK_SINGLE_SKUS = 20  # of one turn where each SKU is a call of its own (a shop without multi-source inventory)
STOCK_PENDING = 50_000  # changed SKUs that wait; with more, all of the shop are walked over instead: under 10 MiB
STOCK_WALK_SECONDS = 86_400.0  # all SKUs are compared so often, whatever was told: what somebody typed into the source
STOCK_BEAT_SECONDS = 0.25  # between two signs of life of the loop
STOCK_TRIES = 5  # writes of a SKU in a row that the shop had overtaken; then it waits for its next change
STOCK_TOLD = 100_000  # SKUs whose last refusal is remembered, so that it is told once; over it memory starts afresh
STOCK_TELLS_AT_ONCE = 100  # outcomes on their way into the log
STOCK_RETRY_SECONDS = 1.0  # before a failed turn is repeated, doubling
STOCK_RETRY_MAX_SECONDS = 60.0
STOCK_REFUSED_SECONDS = 60.0  # the same where a person must act: rights, a source that is gone
STOCK_PREVIEW_SECONDS = 600.0  # a preview can be confirmed for so long without reading the shop anew
STOCK_PREVIEW_REST = 10.0  # a first run that waits for a person is computed anew after so many times what it took
STOCK_PREVIEW_REST_SECONDS = 10.0  # and no sooner than this
STOCK_SOURCES_MAX = 50  # of a shop; each other source is a call more for a hundred SKUs
STOCK_SOURCES_SECONDS = 600.0  # how long it is believed which other sources there are
STOCK_WAIT_SAY_SECONDS = 900.0  # a SKU that waits longer for a look at the books is told of: looks come each minute

# --- what people ask of the inventory service (services/inventory/http.py, services/stock_client.py) ------------------
STOCK_QUESTION_BYTES = 4_096  # a SKU of 64 characters, each of them six bytes of JSON, and some names
STOCK_QUESTION_SECONDS = 120.0  # how far the clocks of two machines may be apart, and how long a question can be copied
STOCK_QUESTIONS_AT_ONCE = 8  # people; a preview holds some 50 MB while it is sent
STOCK_BODY_SECONDS = 10.0  # for the question to come in
STOCK_WAITING_SECONDS = 1.0  # between two signs of life while the answer is made
STOCK_ANSWER_PIECE_BYTES = 64 * 1024  # lines sent at once
STOCK_CONNECT_SECONDS = 5.0  # the command waits so long for a service to take the call
STOCK_SILENCE_SECONDS = 15.0  # and for a sign of life; a service that is busy gives one every second or so
STOCK_ANSWER_SECONDS = 1_800.0  # a preview of 100,000 SKUs: 1,000 calls to a slow shop
STOCK_LINE_BYTES = 16 * MIB  # a decision with 50,000 orders in it
STOCK_ROWS_MAX = 1_000_000  # of a preview: more than any shop has products
STOCK_SIMILAR = 5  # SKUs that are named instead of one that there isn't
STOCK_ROWS_SHOWN = 50  # of a preview, unless more are asked for
STOCK_TERMS_SHOWN = 30  # of a sum; the others are shown as one
STOCK_WIDTH = 100  # columns
