"""Bounds of both logs, of what reads them in lanes, and of projections."""

from __future__ import annotations

from datetime import timedelta

from shared.limits.sizes import MIB

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
