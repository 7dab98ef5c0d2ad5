-- The ledger is append-only: rows of ledger_transfers and ledger_postings are never changed and never deleted.

CREATE TABLE ledger_transfers (
    id TEXT NOT NULL PRIMARY KEY,
    -- The idempotency key; the same key with another input_hash is an error.
    key TEXT NOT NULL UNIQUE,
    input_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    owner TEXT NOT NULL REFERENCES accounts (id),
    -- Change of the owner's money, held money included.
    owner_change BIGINT NOT NULL,
    listening TEXT,
    minute BIGINT,
    path TEXT
);
CREATE INDEX ledger_transfers_owner ON ledger_transfers (owner, id);
CREATE INDEX ledger_transfers_listening ON ledger_transfers (listening);

CREATE TABLE ledger_postings (
    transfer TEXT NOT NULL REFERENCES ledger_transfers (id),
    book TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (transfer, book)
);
CREATE INDEX ledger_postings_book ON ledger_postings (book);

-- Balances of the books that have an owner; shared books such as revenue have none, so that nothing queues for them.
CREATE TABLE wallets (
    book TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES accounts (id),
    balance BIGINT NOT NULL CHECK (balance >= 0)
);
CREATE INDEX wallets_owner ON wallets (owner);
