-- Accounts and the ways in. The same text serves SQLite and PostgreSQL: ids and hashes are TEXT, money and milliseconds
-- BIGINT, truth values 0 or 1.

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    -- The address in lower case: two accounts never share one.
    email_key TEXT NOT NULL UNIQUE,
    email_confirmed_ms BIGINT,
    password_hash TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- Open listenings, guarded by each open and close.
    running BIGINT NOT NULL CHECK (running >= 0),
    -- When a play-out was last given.
    play_out_ms BIGINT
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    secret_hash TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    address TEXT NOT NULL,
    signed_in_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE sign_in_tries (
    email_hash TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_ms BIGINT NOT NULL
);

CREATE TABLE one_time_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT
);
