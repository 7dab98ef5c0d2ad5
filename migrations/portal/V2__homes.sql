-- Homes, their activation, their players and what the portal tells them.

CREATE TABLE homes (
    peer TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    os TEXT NOT NULL,
    version TEXT NOT NULL,
    activated_ms BIGINT NOT NULL,
    last_seen_ms BIGINT,
    -- Counts opened listenings; each open writes it, so that none slips past a removal.
    opens BIGINT NOT NULL
);
CREATE INDEX homes_account ON homes (account);

CREATE TABLE device_requests (
    id TEXT NOT NULL PRIMARY KEY,
    device_code_hash TEXT NOT NULL UNIQUE,
    user_code TEXT NOT NULL UNIQUE,
    peer TEXT NOT NULL,
    name TEXT NOT NULL,
    os TEXT NOT NULL,
    version TEXT NOT NULL,
    address TEXT NOT NULL,
    -- pending, approved, denied
    state TEXT NOT NULL,
    -- Set with approved.
    account TEXT REFERENCES accounts (id),
    tries_left BIGINT NOT NULL CHECK (tries_left >= 0),
    interval_s BIGINT NOT NULL,
    polled_ms BIGINT,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX device_requests_expires ON device_requests (expires_ms);

CREATE TABLE pseudonyms (
    account TEXT NOT NULL REFERENCES accounts (id),
    home TEXT NOT NULL,
    pseudonym TEXT NOT NULL UNIQUE,
    PRIMARY KEY (account, home)
);

-- A player is a browser tab; it belongs to the session that brought its key first, also after that has ended.
CREATE TABLE players (
    peer TEXT NOT NULL PRIMARY KEY,
    session TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    created_ms BIGINT NOT NULL
);
CREATE INDEX players_session ON players (session);

CREATE TABLE player_homes (
    player TEXT NOT NULL REFERENCES players (peer),
    home TEXT NOT NULL,
    PRIMARY KEY (player, home)
);

CREATE TABLE agent_cursors (
    home TEXT NOT NULL PRIMARY KEY,
    cursor BIGINT NOT NULL
);

CREATE TABLE agent_events (
    home TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    event TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    -- Revocations may be forgotten after this time, Unix seconds.
    until_s BIGINT,
    PRIMARY KEY (home, cursor)
);
CREATE INDEX agent_events_at ON agent_events (at_ms);
