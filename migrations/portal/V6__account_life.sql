-- The everyday life of an account: settings, signing in a second device, links that come by mail.

-- How the owner is called in shares and invitations; NULL when not told.
ALTER TABLE accounts ADD COLUMN display_name TEXT;
-- Language of pages and mails, as in HTML.
ALTER TABLE accounts ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
-- Whether others may invite this address by mail.
ALTER TABLE accounts ADD COLUMN takes_invitations BIGINT NOT NULL DEFAULT 1;
-- When the mail that confirms the address was sent by itself, after the first minute of listening; NULL before.
ALTER TABLE accounts ADD COLUMN confirmation_asked_ms BIGINT;

-- When the session began; signed_in_ms moves when the password is given again, and is 0 when it never was.
ALTER TABLE sessions ADD COLUMN first_seen_ms BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET first_seen_ms = signed_in_ms;

-- A device without a session asks for one; a browser that has one approves.
CREATE TABLE sign_in_requests (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    user_code TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    address TEXT NOT NULL,
    -- pending, approved, denied, taken
    state TEXT NOT NULL,
    -- Set with approved.
    account TEXT REFERENCES accounts (id),
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX sign_in_requests_expires ON sign_in_requests (expires_ms);

-- Links that come by mail and work once.
CREATE TABLE mail_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    -- confirm, reset
    purpose TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT
);
CREATE INDEX mail_links_account ON mail_links (account, purpose, created_ms);
CREATE INDEX mail_links_expires ON mail_links (expires_ms);

-- Who asked for a new password. Written alike for every address, with and without an account, and read a moment later:
-- so neither the answer nor its time tells which addresses have one. A row is gone once it was looked at.
CREATE TABLE password_requests (
    email_key TEXT NOT NULL PRIMARY KEY,
    asked_ms BIGINT NOT NULL
);
