-- Mails on their way, written in the transaction that causes them, and the operator's way in.

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    -- Whose doing it is; NULL when nobody's.
    account TEXT REFERENCES accounts (id),
    kind TEXT NOT NULL,
    -- What it speaks of, such as share/<id>: who withdraws that withdraws the mail.
    about TEXT,
    to_address TEXT NOT NULL,
    -- SHA-256 of the address in lower case.
    to_hash TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    -- These four hold links that are secrets: they are emptied as soon as the mail is sent or cancelled.
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    list_unsubscribe TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'dead', 'cancelled')),
    -- Counts claims; who reports a failure names the claim that failed.
    tries BIGINT NOT NULL,
    -- When it may be claimed next; a claim moves it to the end of its lease.
    next_ms BIGINT NOT NULL,
    -- From then on it is worth nothing and is not sent any more.
    until_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- When it was sent, cancelled or given up.
    ended_ms BIGINT,
    last_error TEXT
);
CREATE INDEX outbox_due ON outbox (next_ms, id) WHERE state = 'pending';
CREATE INDEX outbox_state ON outbox (state, id);
CREATE INDEX outbox_to ON outbox (to_hash) WHERE state = 'pending';
CREATE INDEX outbox_about ON outbox (about) WHERE state = 'pending';

-- A link for one use, and the session that its use opened.
CREATE TABLE operator_sessions (
    link_hash TEXT NOT NULL PRIMARY KEY,
    -- NULL until the link is used.
    secret_hash TEXT UNIQUE,
    -- The end of the link, then that of the session.
    expires_ms BIGINT NOT NULL
);
