-- min_program: 0.1.0
-- Everything the gateway keeps. Rows of the commit path are appended under integer keys; what has
-- to be found by another key is indexed in memory, so no commit touches a random page.

CREATE TABLE schema_versions (
    version INTEGER PRIMARY KEY,
    min_program TEXT NOT NULL  -- the oldest program that may still run on it
) STRICT;

-- Narrow, because all of it is read at every start. version, seq and wake_at are of the snapshot.
CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,     -- of (shop, order_id)
    version INTEGER NOT NULL CHECK (version >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    wake_at INTEGER NOT NULL,  -- milliseconds since 1970
    shop TEXT NOT NULL,
    order_id TEXT NOT NULL
) STRICT;

CREATE TABLE snapshots (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id),
    body TEXT NOT NULL
) STRICT;

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    fingerprint INTEGER NOT NULL,
    chain BLOB NOT NULL CHECK (length(chain) = 32),
    body TEXT NOT NULL
) STRICT;

-- One row per commit, under the number of its last journal row.
CREATE TABLE anchors (
    seq INTEGER PRIMARY KEY,
    head BLOB NOT NULL CHECK (length(head) = 32)
) STRICT;

CREATE TABLE lookups (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,     -- of (kind, scope, value)
    case_id INTEGER NOT NULL REFERENCES cases (id),
    kind INTEGER NOT NULL,
    scope TEXT NOT NULL,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    number INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE parked (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    envelope TEXT NOT NULL,
    raw BLOB NOT NULL,
    digest TEXT NOT NULL,
    parked_at INTEGER NOT NULL,
    UNIQUE (source, source_id, digest)  -- an id used again for another body is kept too
) STRICT;

CREATE TABLE parked_lookups (
    kind INTEGER NOT NULL,
    scope TEXT NOT NULL,
    value TEXT NOT NULL,
    parked_id INTEGER NOT NULL REFERENCES parked (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, scope, value, parked_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX parked_lookups_of ON parked_lookups (parked_id);

CREATE TABLE topic_offsets (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE personal (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id),
    name TEXT NOT NULL,
    mail TEXT NOT NULL,
    phone TEXT NOT NULL,
    salt TEXT NOT NULL
) STRICT;

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
