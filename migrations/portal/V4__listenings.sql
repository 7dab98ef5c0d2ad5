-- Listenings: the rows of the lease, and the second witness.

CREATE TABLE listenings (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    session TEXT NOT NULL,
    home TEXT NOT NULL,
    player TEXT NOT NULL,
    device TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    -- Counts changes; each change demands the one it was decided on.
    version BIGINT NOT NULL,
    tariff_lan BIGINT NOT NULL,
    tariff_direct BIGINT NOT NULL,
    tariff_relay BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL,
    beat_ms BIGINT NOT NULL,
    seq BIGINT,
    played_ms BIGINT NOT NULL,
    buffered_ms BIGINT NOT NULL,
    still_since_ms BIGINT,
    path TEXT,
    minute_path TEXT,
    charged_minutes BIGINT NOT NULL,
    free_minutes BIGINT NOT NULL,
    hold_promo BIGINT NOT NULL CHECK (hold_promo >= 0),
    hold_paid BIGINT NOT NULL CHECK (hold_paid >= 0),
    last_minute BIGINT,
    last_promo BIGINT,
    last_paid BIGINT,
    final_until_ms BIGINT,
    final_courtesy BIGINT,
    closed_reason TEXT,
    closed_ms BIGINT,
    UNIQUE (account, idempotency_key)
);
CREATE INDEX listenings_account ON listenings (account, opened_ms);
CREATE INDEX listenings_home ON listenings (home);
CREATE INDEX listenings_open ON listenings (beat_ms) WHERE closed_ms IS NULL;

CREATE TABLE served_minutes (
    listening TEXT NOT NULL REFERENCES listenings (id),
    minute BIGINT NOT NULL,
    served_ms BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    path TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (listening, minute)
);

-- Where both witnesses differ by more than 90 s; nothing is corrected silently.
CREATE TABLE served_flags (
    listening TEXT NOT NULL PRIMARY KEY REFERENCES listenings (id),
    served_ms BIGINT NOT NULL,
    played_ms BIGINT NOT NULL,
    at_ms BIGINT NOT NULL
);
