"""Every bound of the two sandboxes, with its reason. Units are in the names."""

from __future__ import annotations

MIB = 1024 * 1024

# --- QuickBooks: bounds of the simulator itself --------------------------------------------------------------------
QB_BODY_MAX_BYTES = 4 * MIB  # an order of 10,000 lines is about 3 MB; more is refused before it is parsed
QB_REQUESTID_ENTRIES = 50_000  # answers kept for replay: at 2 kB each about 100 MB, a day's writes of a large shop
QB_REQUESTID_ENTRIES_MAX = 1_000_000  # the switch goes no higher: 2 GB of answers
QB_SWITCH_MAX = 10**15  # of any number among the switches: the store and all sums hold it
QB_REQUESTID_SECONDS = 7 * 86_400  # lifetime of a kept answer (Intuit states none; a week is what retries need)
QB_DELAY_MAX_SECONDS = 120.0  # QuickBooks' own request time limit: a longer delay shows nothing new
QB_WAIT_SECONDS = 120.0  # how long a repeated requestid waits for the first to finish, in the mode "wait"
QB_SHUTDOWN_SECONDS = 2.0  # open connections get this long when the server is told to stop
QB_GRANTS = 10_000  # grants and codes kept: far more than the realms of any test
QB_FORM_FIELDS = 100  # fields of a form sent to an OAuth address; the consent page has seven
QB_ACCESS_TOKENS = 20_000  # the oldest are forgotten, as expired ones are

# --- QuickBooks: bounds of the real service (reference: limits and throttles) --------------------------------------
QB_CALLS_PER_MINUTE = 500  # per realm, in any moving 60 s
QB_CALLS_PER_SECOND = 10  # per realm and app, in any moving second
QB_CALLS_AT_ONCE = 10  # per realm and app
QB_REQUESTID_LENGTH = 50  # characters of the requestid parameter
QB_QUERY_PAGE = 100  # rows of a query that names no MAXRESULTS
QB_QUERY_PAGE_MAX = 1_000  # rows of any query
QB_QUERY_LINES = 100_000  # lines of all transactions in one answer: about 30 MB (recalled; above it fault 10100)
QB_QUERY_LENGTH = 100_000  # characters of a statement sent by POST: 1,000 ids in an IN list fit several times
QB_QUERY_POSITION_DIGITS = 18  # digits of STARTPOSITION that count: far behind the last row, and SQLite still takes it
QB_LINES = 10_000  # lines of one transaction
QB_TAXABLE_LINES = 750  # taxable lines of one sales form
QB_AMOUNT_DIGITS = 15  # digits of an amount
QB_PRICE_MAX = 99_999_999_999  # Item.UnitPrice and PurchaseCost
QB_CATEGORY_LEVELS = 4  # levels of item categories
QB_NESTING = 5  # levels of parents and children, the top one included
QB_ACCESS_TOKEN_SECONDS = 3_600
QB_REFRESH_TOKEN_SECONDS = 8_640_000  # 100 days; each use starts them anew
QB_REFRESH_TOKEN_HARD_SECONDS = 157_680_000  # five years from the consent, whatever the use
QB_CODE_SECONDS = 600  # an authorization code is good for ten minutes
QB_ROTATE_REFRESH_SECONDS = 86_400  # the refresh value changes about once a day

QB_TOMBSTONE_DAYS = 31  # CDC looks back 30 days (reference 3); a day more, so that nothing is missing at the edge

# --- Fault plans of both sandboxes ----------------------------------------------------------------------------------
FAULT_RULES = 200  # more rules than any plan has, and each is tried on every request
FAULT_HELD_SECONDS = 300.0  # a held or delayed request goes on by itself, so that a forgotten test can't hang a server
FAULT_SLOW_PIECES = 20  # pieces of a slow body: enough for a reader that waits between them
FAULT_FILE_BYTES = MIB  # a full plan of 200 rules has about 60 kB

# --- Store of both sandboxes ----------------------------------------------------------------------------------------
STORE_STATEMENTS = 256  # prepared statements kept: all the program's own and a few dozen shapes of queries
STORE_PAGE_BYTES = 8_192  # three documents of 2 kB a page
STORE_CACHE_KIB = 16_384  # pages kept in memory of a file-backed store: indexes of 100,000 documents, not the documents
STORE_WAL_BYTES = 16 * MIB  # the journal beside the file is cut back to this
STORE_CLAUSES = 50  # conditions of a query given to SQLite, which takes 1,000; more are tested one by one
STORE_ROWS_AT_ONCE = 200  # documents read in one go while all of them are walked through: about 400 kB

# --- QuickBooks: batch, CDC, webhooks (reference: sections 2, 3, 5, 6, 11) -------------------------------------------
QB_BATCHES_PER_MINUTE = 40  # per realm and app, in any moving 60 s
QB_REALM_BATCHES_PER_MINUTE = 120  # per realm, all apps together
QB_BATCH_ITEMS = 30  # more: fault 1040
QB_BATCH_OBJECTS = 1_000  # objects in the answer of one batch
QB_BATCH_REQUESTID_LENGTH = 36  # characters of requestid with a batch
QB_BATCH_BID_LENGTH = 10  # characters of a bId when there is a requestid
QB_CDC_OBJECTS = 1_000  # objects in one answer of CDC; there are no further pages
QB_CDC_DAYS = 30  # how far back CDC looks
QB_RETRY_AFTER_ABSURD_SECONDS = 31_536_000  # a year: no caller may wait for that
QB_JSON_DEPTH = 64  # nesting of a request; the deepest document QuickBooks takes has less than ten levels
QB_NUMBER_EXPONENT = 40  # powers of ten of a number in a request: 15 digits are an amount, far more is no number
QB_WEBHOOK_ANSWER_SECONDS = 3.0  # a receiver must answer 200 in this time
QB_WEBHOOK_AGGREGATE_MAX_SECONDS = 300.0  # Intuit says that an event may take five minutes
QB_WEBHOOK_ENDPOINTS = 10  # an app has one; a few more let tests compare
QB_WEBHOOK_URL_LENGTH = 2_000  # characters of an endpoint's address
QB_WEBHOOK_EVENTS_WAITING = 50_000  # events one endpoint keeps waiting: at 300 bytes each about 15 MB; more are dropped
QB_WEBHOOK_EVENTS_PER_DELIVERY = 1_000  # events of one delivery: about 300 kB
QB_WEBHOOK_LOG = 200  # deliveries kept for reading and replay: 60 MB at the very most
QB_WEBHOOK_ATTEMPTS_KEPT = 50  # attempts of one delivery kept in the log: ten days of silence

# --- QuickBooks: companies, taxes and currencies -------------------------------------------------------------------
QB_COMPANIES = 200  # companies of one sandbox: each has its own lists in memory; a test that adds them in a loop ends
QB_EXCHANGE_RATES = 4_000  # rates of one company: ten currencies for a year; each form looks through all of them
QB_TAX_RATES_OF_CODE = 50  # rates of one tax code; real ones have one to four
QB_REALM_DIGITS = 20  # digits of a realm's id; real ones have 16 to 19
