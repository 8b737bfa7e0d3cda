"""Bounds of calls to QuickBooks, of orders written there, and of what is read there and how it is connected."""

from __future__ import annotations

from fractions import Fraction

from shared.limits.log import LOG_CALL_SECONDS
from shared.limits.sizes import MIB

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
