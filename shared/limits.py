"""Every bound of the product, with its reason. Units are in the names.

A value that operators may need to change has a setting of the same name; the rest is fixed on purpose.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

MIB = 1024 * 1024

# --- the log -------------------------------------------------------------------------------------------------------
PARTITIONS = 12  # of every topic: more than the processes one deployment will run, few enough to restore fast
RECORD_MAX_BYTES = 4 * MIB  # a webhook body (2 MiB) or a snapshot of a 1,000-line order, with headers
LOG_CALL_SECONDS = 10.0  # a call to the log that takes longer is "unavailable"; webhook senders wait 10 to 15 s for us
CONSUMER_POLL_SECONDS = 30.0  # a consumer that doesn't poll for so long is stuck: its partitions go to another
COMPACTION_LAG = timedelta(days=1)  # a losing intent is repaired by the owner long before compaction can act on it

# --- the embedded log (shared/log/embedded*.py) ----------------------------------------------------------------------
APPEND_QUEUE_RECORDS = 4_096  # waiting appends: some seconds of a slow disk; more would answer too late anyway
APPEND_QUEUE_BYTES = 64 * MIB  # the same in memory: 16 of the largest records
GROUP_COMMIT_RECORDS = (
    512  # appends that share one sync of the disk: some 10 ms of inserts, so that readers wait little
)
GROUP_COMMIT_BYTES = 16 * MIB  # the same for large records
EMBEDDED_BUSY_SECONDS = 0.25  # one wait for another process's write lock; between two, withdrawn appends are dropped
EMBEDDED_WATCH_SECONDS = 0.05  # how late an append of another process is noticed: little beside a webhook's seconds
EMBEDDED_WAL_BYTES = 64 * MIB  # the write-ahead log is cut to this after a burst
EMBEDDED_READ_THREADS = 4  # reads at once; SQLite's readers don't block one another
FETCH_MAX_BYTES = 16 * MIB  # of values in one poll, for both logs: two services' worth still fits a small machine
HOUSEKEEP_SECONDS = 60.0  # between two looks for what retention and compaction may remove
HOUSEKEEP_RECORDS = 1_000  # looked at or removed in one transaction, so that an append waits some 10 ms at most
TOMBSTONE_KEEP = timedelta(days=1)  # beyond the compaction lag: a projection that lags so long is rebuilt anyway
LOG_CLOSE_SECONDS = 5.0  # for the appends under way when a log is closed; after that their outcome is unknown

# --- logs and health -----------------------------------------------------------------------------------------------
LOG_VALUE_MAX_CHARS = 2_000  # of one text in a log line: enough for an error page's beginning, not for a document
LOG_NESTING_MAX = 6  # levels of a structure in a log line; what lies deeper is left out
LIBRARY_LOG_LINES = 5  # of one message of a library per window: aiokafka repeats itself thousands of times in an outage
LIBRARY_LOG_WINDOW_SECONDS = 60.0
LIBRARY_LOG_MESSAGES = 1_000  # different messages remembered for that; over it the memory starts afresh
HEALTH_KEEPALIVE_SECONDS = 30.0  # longer than Prometheus' usual interval of 15 s, so that it keeps its connection
HEALTH_SHUTDOWN_SECONDS = 2.0  # a scrape under way at shutdown may finish

# --- lanes, consumer loop and dead letters -------------------------------------------------------------------------
LANES_RUNNING = 64  # handlers at once in a process: six realms at QuickBooks' 10 at once each
LANES_RECORDS = 2_000  # taken from the log and not finished, over all partitions
LANES_BYTES = 64 * MIB  # their values; passed by at most one poll
LANES_PARTITION_RECORDS = 500  # of one partition: one stuck entity can't use up the room of the others
LANES_PARTITION_OFFSETS = 5_000  # finished behind a stuck one: what a crash would repeat, harmless but not for free
LANES_LOW_WATER = 0.5  # a paused partition is read again below this share, so that it doesn't flap
POLL_RECORDS = 200  # a tenth of the room: by so much a partition may pass its share
POLL_WAIT_SECONDS = 0.2  # how late a stop, a commit or a resume may be noticed when no records come
COMMIT_SECONDS = 0.5  # commits at most so often; what a crash repeats is that much more
REVOKE_GRACE_SECONDS = 5.0  # handlers may finish when the partition goes to another; the whole group waits for it
STOP_GRACE_SECONDS = 20.0  # the same at a stop: two calls to a slow remote system; orchestrators kill after 30 s
CANCEL_SECONDS = 2.0  # a cancelled handler that isn't gone by then is left behind
RETRY_FIRST_SECONDS = 0.1  # the first wait when the log didn't answer, doubling
RETRY_MAX_SECONDS = 30.0  # and its bound: how late we notice that the log is back
HANDLER_WAIT_MAX_SECONDS = 3_600.0  # what a handler may ask for; a remote system's Retry-After is not trusted further
DEAD_LETTERS_MAX = 20  # poison is rare: more than this within the span is a bad deploy
DEAD_LETTERS_SPAN_SECONDS = 600.0
DEAD_LETTER_VALUE_BYTES = 5 * MIB // 2  # 3.4 MiB in base64: with the rest below RECORD_MAX_BYTES
DEAD_LETTER_ERROR_CHARS = 2_000  # an error's message can quote a whole answer

# --- projections ---------------------------------------------------------------------------------------------------
PROJECTION_BATCH_RECORDS = 256  # one transaction, a few milliseconds in which nothing else runs
PROJECTION_POLL_SECONDS = 1.0  # no latency: a poll returns with the first record
PROJECTION_REACH_SECONDS = 10.0  # waiting for one's own write; a healthy log needs milliseconds
PROJECTION_TRUST = COMPACTION_LAG  # state not read for longer may have missed a tombstone that compaction dropped since

# --- QuickBooks ----------------------------------------------------------------------------------------------------
# The quota of one realm, as Intuit documents it; "10 at once" is the older wording of the burst limit, kept as well.
QUOTA_CALLS_PER_MINUTE = 500
QUOTA_CALLS_PER_SECOND = 10
QUOTA_CALLS_AT_ONCE = 10
QUOTA_MARGIN_SECONDS = 0.05  # clocks that run at slightly different speeds, and windows with both ends closed
QUOTA_LOST_CALL_SECONDS = 10.0  # a call without answer may still be at work over there: its place stays taken so long
QUOTA_WAITERS = 2_000  # callers that queue for a place: four minutes' worth; more is a caller without back-pressure
QUOTA_BACKOFF_MAX_SECONDS = 600.0  # no answer of theirs silences a realm for longer than this
# What each service gets while the shares are fixed; they sum to 1. Orders carry the promise "within seconds".
QUOTA_SHARES = {
    "ingest": Fraction(1, 5),
    "orders": Fraction(1, 2),
    "catalog": Fraction(1, 5),
    "inventory": Fraction(1, 10),
}
QUOTA_BATCHES_PER_MINUTE = 40  # of one app in one company; only the catalogue's owner sends any, so they aren't shared
BATCH_ITEMS = 30  # of one batch; more is fault 1040
BATCH_REQUESTID_CHARS = 36  # of a batch: a UUID
BATCH_BID_CHARS = 10
THROTTLE_WAIT_SECONDS = 60.0  # what Intuit asks for after a 429
THROTTLE_WAIT_MIN_SECONDS = 1.0  # a Retry-After of 0 must not make a busy loop
THROTTLE_WAIT_MAX_SECONDS = 300.0  # a Retry-After is honoured up to here; the next answer can ask again
THROTTLE_JITTER_SECONDS = 5.0  # so that all callers of a realm don't return at one moment
FAULT_BODY_MAX_BYTES = 64 * 1024  # of an error page that is searched for a fault
FAULT_ERRORS_MAX = 50  # errors of one fault that are kept
FAULT_MESSAGE_MAX_CHARS = 200
FAULT_DETAIL_MAX_CHARS = 4_000  # their own limit for long texts
QUICKBOOKS_CONNECT_SECONDS = 10.0
QUICKBOOKS_CALL_SECONDS = 130.0  # their server gives up after 120 s: wait that long, or a sure outcome becomes unknown
QUICKBOOKS_RESPONSE_MAX_BYTES = 64 * MIB  # 1,000 documents of 60 kB each
QUICKBOOKS_PAGE_ROWS = 1_000  # the most a query gives at a time
QUICKBOOKS_PAGES_MAX = 1_000  # a million rows: beyond, the paging is not making progress
QUICKBOOKS_URL_QUERY_MAX_CHARS = 1_500  # a longer statement travels in the body, past any proxy's limit on addresses
QUICKBOOKS_STATEMENT_MAX_CHARS = 100_000  # about 5,000 ids in one IN list
OAUTH_CALL_SECONDS = 30.0
OAUTH_RESPONSE_MAX_BYTES = 256 * 1024  # an access token has up to 4 KiB, an id_token some more
TOKEN_REFRESH_AHEAD_SECONDS = 300.0  # an access token lives 3,600 s; a refresh may need several tries
TOKEN_RETRY_PAUSES_SECONDS = (1.0, 5.0)  # before the tries that follow a refresh whose reply was lost
TOKEN_FAILED_PAUSE_SECONDS = 2.0  # after a failed refresh nobody calls the token endpoint for so long
TOKEN_SETTLE_SECONDS = 5.0  # for a newer record to arrive from the log before a connection is called broken
TOKEN_WAIT_SECONDS = 30.0  # how long a follower waits for the token it asked for
RECONNECT_BAR_SECONDS = 300.0  # a company that refuses our good token isn't asked again for so long, token by token
TOKEN_WARNING_DAYS = 14.0  # before the end of access: it is 100 days off after each refresh, which is done every hour
TOKEN_HARD_NOTICE_DAYS = 90.0  # before the end of the five years: someone with a QuickBooks login must be found
TOKEN_NOTICE_SECONDS = 86_400.0  # the same notice goes to the log once a day
TOKEN_SAVE_PAUSE_SECONDS = 1.0  # at the end, between tries to save a token that only memory holds
TOKEN_CLOSE_SECONDS = 35.0  # a refresh under way at shutdown: its reply holds the only copy of the new token

# --- receiving webhooks --------------------------------------------------------------------------------------------
WEBHOOK_BODY_MAX_BYTES = 2 * MIB  # an order of 1,000 lines is about 1.5 MiB
WEBHOOK_BODIES_MAX_BYTES = 256 * MIB  # of all requests at one time; over it new bodies get 503, memory stays bounded
WEBHOOK_RETRY_AFTER_SECONDS = 5  # told with 503; Mage-OS waits so long before its next attempt
WEBHOOK_APPENDS_AT_ONCE = 20  # of one webhook that tells several events: a batch of Adobe's has as many
SHOPPER_WAIT_SECONDS = 2.0  # Adobe Commerce and Mageplaza make a shopper wait for our answer, and repeat nothing
ADOBE_ANSWER_SECONDS = 8.0  # Adobe I/O waits 10 s from its first byte, the connection's start included
MAGEOS_ANSWER_SECONDS = 12.0  # Mage-OS waits 15 s; it repeats an answer of 503, and never an event without one
INTUIT_ANSWER_SECONDS = 2.5  # Intuit takes an answer within 3 s; later it has hung up, and sends again anyway
INTUIT_EVENTS_MAX = 25_000  # of one delivery: a body of 2 MiB has room for 7,000, in the older format for 23,000
FORM_FIELDS_MAX = 1_000  # of a body or query that may be a form
FORM_ID_MAX_CHARS = 100  # of a name or value in it that may tell an id; percent-encoded, one has 60
TEMPLATE_MEMBERS_MAX = 2_000  # outermost members of a body written as a template; an order has 150
TEMPLATE_NESTED_MAX = 50_000  # objects and arrays in it; an order of 1,000 lines has 10,000
SKU_MAX_CHARS = 255  # Magento's own limit is 64; encoded, a key stays under 4 KiB
HTTP_CONNECTIONS_MAX = 4_000  # about 20 KiB each; above it new connections are closed at once
HTTP_FILES_RESERVED = 100  # file descriptors kept for the log and the rest when the system allows fewer connections
HTTP_BACKLOG = 1_024  # connections that the system holds for us while the loop is busy
HTTP_LINE_MAX_BYTES = 4_096  # request line, and each header: ours are under 300 bytes, proxies add some
HTTP_HEADERS_MAX = 64
HTTP_READ_BUFFER_BYTES = 64 * 1024  # per connection, before reading pauses
HTTP_SEND_BUFFER_BYTES = 32 * 1024  # of the system, per connection: an answer has 200 bytes
HTTP_RECEIVE_BUFFER_BYTES = 256 * 1024  # likewise: 2 MiB over 100 ms of distance still take only a second
HTTP_REQUEST_SECONDS = 10.0  # for a whole request, from the connection's start or the last answer: slow ones are cut
HTTP_LINGER_SECONDS = 2.0  # after a refusal, so that the sender of a long body can read it
HTTP_SHUTDOWN_SECONDS = 12.0  # requests under way may end: LOG_CALL_SECONDS and the answer
EVENT_ID_MAX_CHARS = 128  # of a sender's own event id; a UUID has 36
ENTITY_ID_MAX = 2**63 - 1  # Magento's ids are int unsigned today; no number of another kind is taken for one
REFUSAL_LOG_SECONDS = 10.0  # at most one line per connection and status in this time, with the count

# --- Adobe I/O Events ------------------------------------------------------------------------------------------------
ADOBE_EVENTS_MAX = 1_000  # of one batch; Adobe sends 20 at most, and drops a batch that we refuse
ADOBE_VALIDATION_MAX_BYTES = 4_096  # of an unsigned body that may be a request to validate: only this much is parsed
ADOBE_KEY_BYTES = 16 * 1024  # of a published key; one of 2,048 bits has 451
ADOBE_KEY_SECONDS = 2.0  # for fetching one, twice at most: Adobe waits 10 s for the answer
ADOBE_KEY_REFRESH_SECONDS = 12 * 3600.0  # a key is fetched anew after so long, so that an outage finds it fresh
ADOBE_KEY_KEEP_SECONDS = 24 * 3600.0  # and never used for longer (AdobeDocs adobe-io-events, guides)
ADOBE_KEYS_KEPT = 16  # two are in use at a time, four while they are being changed
ADOBE_KEY_AGAIN_SECONDS = 5.0  # between two tries of a key that could not be fetched
ADOBE_KEY_MISSING_SECONDS = 60.0  # how long it is believed that there is no such key
ADOBE_KEY_FETCHES = 30  # within a minute: who makes up paths gets 503, not our calls to the key host
ADOBE_KEY_FETCHES_EACH = 6  # of them for one sender's address; a delivery names two keys
ADOBE_CONNECTIONS = 100  # to Adobe: all visits and fetches that there may be at once
ADOBE_VISITS = 64  # validations under way: more than begin within a minute, so that each has time for three tries
ADOBE_VISITS_PER_MINUTE = 60  # begun: anybody can ask for them, and it is Adobe that bears them
ADOBE_VISITS_EACH = 3  # of them for one sender's address; a connection has one registration, and validates it once
ADOBE_REDIRECTS = 4  # requests of one try
ADOBE_VISIT_PAUSES_SECONDS = (1.0, 5.0, 30.0, 60.0)  # before each try: the address is good for five minutes
ADOBE_VISIT_SECONDS = 10.0

# --- Kafka (shared/log/kafka*.py) ------------------------------------------------------------------------------------
KAFKA_REPLICATION = 3  # one broker may be down for maintenance while another one dies
KAFKA_SESSION_SECONDS = 10.0  # a member that the broker hasn't heard of for so long is dead: others take over
KAFKA_METADATA_SECONDS = 60.0  # how old our picture of the cluster may be; a new leader is noticed at once anyway
KAFKA_BATCH_BYTES = 128 * 1024  # of one partition's appends in one request: some 50 webhooks
KAFKA_REQUEST_OVERHEAD_BYTES = 64 * 1024  # record and batch framing around RECORD_MAX_BYTES, with many small headers
KAFKA_FETCH_WAIT_SECONDS = 0.5  # the broker's longest wait for a record; it answers at once when one comes
KAFKA_RETRY_SECONDS = 0.1  # between two tries of the client: a new leader is found soon, a dead one not hammered
KAFKA_IDLE_SECONDS = 540.0  # shorter than the broker's 10 minutes, so that we close a connection that nobody uses
KAFKA_CONNECTION_SECONDS = 5.0  # a stop that waits longer hangs on a broker that is away
KAFKA_PULL_SECONDS = 0.2  # one fetch from the client's buffer; between two, a rebalance is attended to
KAFKA_PROBE_SECONDS = 1.0  # between two questions whether a lost broker is back, for one line in the log
KAFKA_LOG_REPEAT_SECONDS = 60.0  # a warning of the client library's is told again after so long, with a count

# --- orders --------------------------------------------------------------------------------------------------------
REPLANS = 8  # turns of the crank for one snapshot before the lane pauses: settle, number taken twice, stale, lost
REPLAN_PAUSE_SECONDS = 2.0  # then others may have come to rest
INTENT_FRESH_SECONDS = 2.0  # an intent older than this is looked up in the log once more before its bytes go out
UNKNOWN_OUTCOME_SECONDS = 1.0  # before a write whose answer was lost is looked up: QuickBooks may still be at it
TROUBLE_PAUSE_MAX_SECONDS = 60.0  # between two tries of one order: each may be a metered read
UNCERTAIN_SECONDS = 3600.0  # an outcome that nobody knows for so long is parked, so that its lane doesn't hold others
RECONNECT_SECONDS = 5.0  # between probes while a person must reconnect the company: mostly a look at our own records
UNAVAILABLE_SECONDS = 5.0  # between probes while QuickBooks or the log is away
MISSED_SKU_SECONDS = 600.0  # an item that QuickBooks didn't have is asked for again (metered) after so long
MISSED_SKUS = 10_000  # of them remembered; over it the memory starts afresh
NO_SETTINGS_SECONDS = 5.0  # an order of a connection without settings waits for them; its realm's others go on

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

# --- lists of a company (services/ingest/lists, shared/quickbooks/lists.py) ------------------------------------------
LISTS_APPENDS_AT_ONCE = 250  # of one page: the log commits them together, and other appends still get their turn
LISTS_IDS_AT_ONCE = 500  # objects looked up by one query: 5 kB of Ids
LISTS_OWN_OBJECTS = 20_000  # written here and not told of by the topic yet: hours of new buyers while ingest is down
LISTS_ASKS = 100  # readings asked for that wait; over it they are one reading of everything they named
LISTS_ASK_IDS = 1_000  # objects that one command may ask for
LISTS_FAILED_SECONDS = 5.0  # before a list that couldn't be read is read again, doubling
LISTS_FAILED_MAX_SECONDS = 300.0  # a list that the company's plan doesn't have is asked for so often: few calls a day
LISTS_LOOK_SECONDS = 600.0  # between two looks whether a list has grown old
LISTS_WAIT_SECONDS = 1.0  # an order whose company's lists aren't here yet looks again after so long
LISTS_RELOAD_SECONDS = 15.0  # an order waits in its lane for a reading that it asked for; then it comes again
LISTS_CHECKED = 10_000  # objects read anew that are remembered; over it the memory starts afresh
LISTS_ASK_AGAIN_SECONDS = 300.0  # an unanswered command is given again after so long: the first may be lost

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

# --- processes -----------------------------------------------------------------------------------------------------
OUTGOING_CONNECTIONS = 100  # to shops and QuickBooks together: realms have 10 calls at once each, shops 8
HEALTH_PORTS = {"ingest": 9100, "run": 9100, "orders": 9101, "catalog": 9102, "inventory": 9103}  # unless set
SETTINGS_WATCH_SECONDS = 1.0  # how late a change of a settings file is noticed
LACKING_PAUSE_SECONDS = 1.0  # after a change of the lists, before those who wait for it are looked for: one look each
HELD_SCAN_ROWS = 200  # links looked at before others get a turn

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

# --- change data capture of QuickBooks -------------------------------------------------------------------------------
CDC_OBJECTS = 1_000  # the most that one answer holds (Intuit, "Change data capture"): so many may be cut off
CDC_DAYS = 29  # how far back is asked; Intuit's limit of 30 days ends at midnight in the company's zone
CDC_OVERLAP_SECONDS = 180.0  # asked for again: rows show up late (estuary/connectors#4456 waits 30 s)
CDC_NEAR_SECONDS = 30.0  # what most questions ask for again; so that a burst is not read up over and over
CDC_DEEP_SECONDS = 120.0  # how often at least one goes back by the whole overlap: so late is seen what shows up late
CDC_FAST_SECONDS = 20.0  # between two questions while something happens: half of it is the median delay
CDC_SLOW_SECONDS = 300.0  # the same when quiet: 288 calls a day
CDC_HOURLY_SECONDS = 3600.0  # the longest pause, also with the month's budget used up: 744 calls a month
CDC_ACTIVE_SECONDS = 600.0  # after the last change that was seen the fast pace goes on for so long
CDC_LOOK_SECONDS = 30.0  # how late a changed budget or a pace that became fast is noticed
CDC_SHORTEST_WAIT_SECONDS = 0.001  # what is left of a wait by rounding is none: a clock of microseconds may not pass it
CDC_POKE_SECONDS = 0.5  # a webhook's news waits for what comes with it: one question for a burst
CDC_POKE_QUICK_SECONDS = 1.0  # between two questions that webhooks ask for: stock is to be written within 3 s
CDC_POKE_PAUSE_SECONDS = 5.0  # the same when webhooks have used more than their part of the month's calls
CDC_POKE_AHEAD_SECONDS = 86_400.0  # by which they may be ahead of it: 2,300 quick questions with the default budget
CDC_CALLS_MONTH = 80_000  # metered calls a company may cost a month: six busy ones within Intuit's free 500,000
CDC_CALLS_MONTH_MIN = 2_000  # the hourly question takes 744 of them
CDC_APPENDS_AT_ONCE = 100  # changes on their way into the log
CDC_PAGE_OVERLAP_ROWS = 100  # of two pages within one second: so many rows may leave it meanwhile without a page more
CDC_IDS_AT_ONCE = 1_000  # ids of one look which of them are still there
CDC_CHEAP_QUERIES = 5  # such looks may follow each catching up; more are taken once an hour
CDC_ROOM_FOR_DELETED = 100  # left for deletions when an answer is asked for from where few enough live rows come
CDC_SHIFTS = 50  # answers in a row that deletions fill, 1,000 each
CDC_ALONE_SECONDS = 600.0  # an entity that filled an answer is asked for by itself for so long
CDC_ALONE_NEAR_SECONDS = 60.0  # the same for questions that go back CDC_NEAR_SECONDS: a call less for each
CDC_CALLS_UNSAVED = 10  # metered calls that a crash may leave uncounted; assumed to be spent at every start
CDC_SAY_SECONDS = 600.0  # a trouble that lasts is told again after so long
CDC_RETRY_SECONDS = 5.0  # the first wait after a failed question, doubling
CDC_RETRY_MAX_SECONDS = 60.0

# --- Connecting a company (services/ingest/connect)
CONNECT_LINK_SECONDS = 900.0  # to open the link
CONNECT_KEYS_SECONDS = 5.0  # the secrets file is looked into for another key so often, whoever sends forged links
CONNECT_LOOK_SECONDS = 5.0  # the command looks so often whether its link was used
CONNECT_CONSENT_SECONDS = 900.0  # from its opening: to sign in at Intuit, with its second factor, and to consent
CONNECT_PAGE_SECONDS = 20.0  # the page in the browser waits so long for the owner to put the grant in force
# A page's request: claim, discovery, exchange, the grant's saving (tried for PAGE seconds), the wait for the owner.
CONNECT_REQUEST_SECONDS = 2 * OAUTH_CALL_SECONDS + 2 * CONNECT_PAGE_SECONDS + 2 * LOG_CALL_SECONDS
CONNECT_TICKET_MAX_CHARS = 2_000  # ours have some 300
CONNECT_CODE_MAX_CHARS = 512  # reference, section 1
CONNECT_QUERY_MAX_CHARS = 4_096  # all of a callback: code, state, realmId
DISCONNECT_SECONDS = 30.0  # the command waits so long for the owner; what it asked for is done later all the same

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

# --- progress of commands (services/telling.py) -----------------------------------------------------------------------
TELL_SILENT_SECONDS = 2.0  # what takes longer shows how far it is
TELL_PLAIN_SECONDS = 5.0  # between two lines of it where no terminal is
TELL_TICK_SECONDS = 0.5  # between two looks at whether something is to be told
