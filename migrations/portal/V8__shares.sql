-- Shares: what a sender put into links, one link per recipient, its counters, and who waits or complains.

-- The portal knows of the items what the sender's player put in, and nothing else.
CREATE TABLE share_contents (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    home TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    subtitle TEXT,
    cover TEXT,
    -- A JSON list of items.
    items TEXT NOT NULL,
    item_count BIGINT NOT NULL,
    note TEXT NOT NULL,
    -- The same id with another input is an error.
    input_hash TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE shares (
    id TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL REFERENCES share_contents (id),
    -- Which of its content's links, from 0.
    place BIGINT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    home TEXT NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    -- Missing for a link to pass on by hand.
    recipient TEXT,
    mailed BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    revoked_ms BIGINT,
    plays_max BIGINT NOT NULL,
    plays BIGINT NOT NULL CHECK (plays >= 0),
    -- Plays that open listenings may come to.
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    at_once BIGINT NOT NULL,
    -- Open listenings.
    running BIGINT NOT NULL CHECK (running >= 0),
    cap_micros BIGINT NOT NULL,
    spent_micros BIGINT NOT NULL CHECK (spent_micros >= 0),
    held_micros BIGINT NOT NULL CHECK (held_micros >= 0),
    last_play_ms BIGINT,
    -- Who waits for the home now, and how many ever did.
    waiting BIGINT NOT NULL CHECK (waiting >= 0),
    waited BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    UNIQUE (content, place),
    CHECK (plays + reserved <= plays_max),
    CHECK (spent_micros + held_micros <= cap_micros)
);
CREATE INDEX shares_account ON shares (account, id);
CREATE INDEX shares_waiting ON shares (home) WHERE waiting > 0;
CREATE INDEX shares_expires ON shares (expires_ms);

-- When a play of a tab was last counted.
CREATE TABLE share_plays (
    share TEXT NOT NULL REFERENCES shares (id),
    player TEXT NOT NULL,
    counted_ms BIGINT NOT NULL,
    PRIMARY KEY (share, player)
);

-- Counts the requests of a sender that made links, so that two at once cannot both have the last of a day's.
CREATE TABLE share_senders (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    version BIGINT NOT NULL
);

-- Visitors who are mailed once when the home is back, and forgotten then.
CREATE TABLE share_waiting (
    share TEXT NOT NULL REFERENCES shares (id),
    address TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (share, address)
);

CREATE TABLE share_reports (
    id TEXT NOT NULL PRIMARY KEY,
    -- The share may be forgotten before the report is read.
    share TEXT NOT NULL,
    public_id TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    reason TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);

-- Keyed hashes of addresses that get no more invitations.
CREATE TABLE opt_outs (
    address_hash TEXT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL
);

-- A visitor's listening: the sender's account pays, the share counts.
ALTER TABLE listenings ADD COLUMN share TEXT;
-- 1 while a play of the share is reserved for it.
ALTER TABLE listenings ADD COLUMN share_reserved BIGINT NOT NULL DEFAULT 0;
CREATE INDEX listenings_share ON listenings (share) WHERE share IS NOT NULL;
