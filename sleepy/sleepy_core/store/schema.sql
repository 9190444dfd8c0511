-- Version 4. Written by scripts/write_docs.py from migrations.py; not read by the program.

CREATE TABLE attempts (
    episode TEXT NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,            -- 0 is the first that was compiled
    source TEXT NOT NULL,
    label TEXT NOT NULL,
    why TEXT NOT NULL,
    cost REAL NOT NULL,
    weak INTEGER NOT NULL,
    recalled TEXT NOT NULL,             -- JSON: [episode id, ...]
    patch TEXT NOT NULL,                -- JSON: [[file, base digest, [[start, end, text], ...]], ...]
    prompt_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    model_seconds REAL NOT NULL,
    verdict TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    new TEXT NOT NULL,                  -- JSON: [[code, message, file], ...]
    fixed TEXT NOT NULL,                -- JSON: [[code, message, file], ...]
    reason TEXT NOT NULL,
    ms REAL NOT NULL, edit_kind TEXT NOT NULL DEFAULT '', screened INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (episode, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE coefficient_moves (
    number INTEGER PRIMARY KEY,         -- in the order of the moves
    coefficients TEXT NOT NULL REFERENCES coefficients (id) ON DELETE CASCADE,
    moved REAL NOT NULL,                -- seconds since the epoch
    status TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX coefficient_moves_by_set ON coefficient_moves (coefficients, number);

CREATE TABLE coefficients (
    id TEXT PRIMARY KEY,
    repo TEXT REFERENCES repos (id) ON DELETE CASCADE,  -- NULL: for every repository
    family TEXT,                        -- NULL: for every family of errors
    model TEXT NOT NULL,                -- digest of the base model
    basis TEXT NOT NULL,                -- id of the basis
    created REAL NOT NULL,              -- seconds since the epoch
    status TEXT NOT NULL CHECK (status IN ('candidate', 'current', 'retired', 'rejected')),
    gain TEXT NOT NULL,                 -- JSON: what was measured
    parent TEXT REFERENCES coefficients (id) ON DELETE SET NULL  -- what training started from
) STRICT;

CREATE UNIQUE INDEX coefficients_current ON coefficients (model, ifnull(repo, ''), ifnull(family, ''))
WHERE status = 'current';

CREATE TABLE episodes (
    id TEXT PRIMARY KEY,
    repo TEXT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    run TEXT NOT NULL,
    created REAL NOT NULL,              -- seconds since the epoch
    file TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    signature TEXT NOT NULL,
    family TEXT NOT NULL,
    source TEXT NOT NULL,
    label TEXT NOT NULL,
    verdict TEXT,
    outcome TEXT NOT NULL,
    diff TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    rendered TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    ms REAL NOT NULL,
    engine TEXT NOT NULL,
    model TEXT NOT NULL,
    coefficients TEXT NOT NULL,
    head TEXT NOT NULL,
    closed REAL,                        -- seconds since the epoch
    note TEXT NOT NULL,
    result_digests TEXT NOT NULL        -- JSON: [[file, digest], ...]
, edit_kind TEXT NOT NULL DEFAULT '', weak INTEGER NOT NULL DEFAULT 0, fault TEXT, line INTEGER NOT NULL DEFAULT 0, above TEXT NOT NULL DEFAULT '', below TEXT NOT NULL DEFAULT '', unfit TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX episodes_by_repo ON episodes (repo, id);

CREATE INDEX episodes_by_run ON episodes (run);

CREATE INDEX episodes_by_signature ON episodes (signature, repo);

CREATE TABLE open_errors (
    root TEXT PRIMARY KEY,              -- the project's folder: two clones of a repository have different texts
    repo TEXT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    bases TEXT NOT NULL                 -- JSON, see sleepy_core/human/memory.py; it holds source code
) STRICT;

CREATE TABLE repos (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    root_commit TEXT,
    path_in_repo TEXT NOT NULL,
    path TEXT,                          -- where it was last seen on this machine
    last_seen REAL NOT NULL             -- seconds since the epoch
, slept REAL) STRICT;
