"""Bounds of what senders may do to us: webhooks of shops and of Adobe I/O Events."""

from __future__ import annotations

from shared.limits.sizes import MIB

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
