"""Every bound of the Magento sandbox, with its reason. Units are in the names."""

from __future__ import annotations

MIB = 1024 * 1024

BODY_MAX_BYTES = 32 * MIB  # a list of a few thousand carts; REST bodies of the slice are far smaller
NONCES_KEPT = 200_000  # Magento keeps nonces until its cron removes them; a day of one client's calls fits
SUBSCRIPTIONS = 10_000  # made over REST; no shop has as many receivers
ADMIN_TOKEN_SECONDS = 3600  # webapi/jwtauth/admin_expiration as shipped since 2.4.4
ADMIN_TOKENS = 10_000  # the oldest are forgotten; a client asks for one an hour
OAUTH_CLOCK_AHEAD_SECONDS = 600  # Magento's only bound on oauth_timestamp: not further ahead than this
SEARCH_MAX_PAGE_SIZE = 300  # webapi/validation/maximum_page_size, in force when input limits are switched on
SEARCH_DEFAULT_PAGE_SIZE = 20  # webapi/validation/default_page_size, same switch

WEBHOOK_SECONDS = 15.0  # Mage-OS: Guzzle option timeout
WEBHOOK_CONNECT_SECONDS = 5.0  # Mage-OS: Guzzle option connect_timeout
WEBHOOK_MAX_DEATHS = 5  # system/async_events/max_deaths as shipped
WEBHOOK_MAX_BACKOFF_SECONDS = 60  # Mage-OS: min(60, deaths squared)
WEBHOOKS_IN_FLIGHT = 16  # consumers of a busy shop; more would only queue at the receiver
WEBHOOKS_PENDING_MAX = 200_000  # 100 bytes each until sent: a forgotten receiver must not eat the machine
WEBHOOK_SHUFFLE_SECONDS = 0.5  # copies of an event spread over this window, so neighbours overtake each other

# --- after the sale ---
PENDING_PAYMENT_MINUTES = 480  # sales/orders/delete_pending_after as shipped: then the cron cancels the order
DOCUMENT_ROWS_MAX = 5_000  # items or tracks of one request: more than any order has

SWITCH_MAX = 10**9  # the largest number a switch takes: no wait and no id of a test is above it

SHUTDOWN_SECONDS = 5.0  # open requests may finish this long after the stop signal

# --- stock ---
STOCK_UNSEEN_WRITES = 100_000  # writes the lagging index has yet to see; more than an hour of a busy shop
COMPLEX_ARRAY_ITEMS = 20  # webapi/validation/complex_array_limit, in force when input limits are switched on
STOCK_WRITES_KEPT = 100_000  # of source items by integrations, for who checks them: some 20 MiB
COLLATED_TEXTS = 10_000  # letters beyond ASCII are looked up; a text costs about 1 KiB
STOCK_ROWS_SHOWN = 1_000  # source items and reservations the control route shows, the newest

# --- webhooks ---
WEBHOOK_TOTAL_MAX_SECONDS = 120.0  # a sender without a limit of its own: PHP's web requests end sooner
WEBHOOK_LOOK_SECONDS = 0.5  # the queue is looked at so often, whatever the clock does meanwhile
WEBHOOK_ANSWER_BYTES = 1 * MIB  # read of an answer: lists of operations have a few kB
WEBHOOK_LOG = 1_000  # deliveries kept for reading and replay: at 20 kB each 20 MB
WEBHOOK_ATTEMPTS_KEPT = 120  # attempts of one delivery: Adobe's schedule of a day has 100
WEBHOOK_SHOWN = 100  # deliveries told when nobody says how many
WEBHOOK_DELAY_MAX_SECONDS = 3_600.0  # an hour late is as late as tests want it
WEBHOOK_RETRY_AFTER_MAX_SECONDS = 31_536_000  # a year: no receiver may ask for more
WEBHOOK_REGISTRATIONS = 50  # more than the hooks of any shop; a test that registers in a loop finds out
WEBHOOK_NAME_LENGTH = 64  # characters of a registration's name
WEBHOOK_URL_LENGTH = 2_000  # characters of an address
WEBHOOK_TEXT_LENGTH = 20_000  # characters of a template, token or header
WEBHOOK_LIST_LENGTH = 200  # events, fields or headers of a registration
LOCK_WAIT_SECONDS = 50.0  # innodb_lock_wait_timeout as MySQL ships: a write behind a hook that waits fails then
IO_SECONDS = 10.0  # Adobe I/O: one attempt, the connection included
IO_EVENT_BYTES = 64 * 1024  # Commerce makes no larger event
IO_BATCH_EVENTS = 20  # of one batch delivery
IO_BATCH_BYTES = 2 * MIB
IO_JOURNAL_DAYS = 7
IO_JOURNAL = 20_000  # events of one journal: at 5 kB each 100 MB at the very most
IO_ATTEMPTS = 10_000  # of which a registration's state is told
IO_VALIDATION_SECONDS = 300.0  # to fetch the validation address
IO_KEYS_SERVED = 50  # public keys, the former ones included
IO_PAGE = 100  # events of a page of the journal when nobody says how many
LIQUID_NESTING = 10  # tags within one another: real templates have two
COMMERCE_CACHE = 1_000  # answers a hook's ttl keeps, the newest

# --- REST: bodies, asynchronous calls, sign-in ---
JSON_DEPTH = 64  # nesting of a body; Magento's deepest data objects have less than ten levels
JSON_NUMBER_EXPONENT = 60  # powers of ten of a number in a body: columns have 20 digits, more would only fill memory
ASYNC_ARRAY_ITEMS = 5_000  # webapi/validation/complex_array_limit for asynchronous calls, with input limits on
BULK_ENTITIES_MAX = 20_000  # entities of one bulk without them: 30 MB of documents in one transaction
BULKS_KEPT = 1_000  # Magento's cron forgets bulks after 60 days; here the oldest go
OPERATIONS_AT_ONCE = 20  # operations done before requests get their turn: about 20 ms
CONSUMER_POLL_SECONDS = 0.02  # how often consumers look at the clock while work waits
CONSUMERS_MAX = 100  # more than any shop runs
CONSUMER_DELAY_MAX_SECONDS = 86_400.0  # a queue that stands still for a day
SIGN_IN_FAILURES = 6  # oauth/authentication_lock/max_failures_count as shipped (recalled)
SIGN_IN_LOCK_SECONDS = 1_800  # oauth/authentication_lock/timeout as shipped (recalled)
