-- Playlists, marks and the queue. What an item shows is kept with it, and only of what a person put in.

-- Per account: counts changes of its sidebar and of its marks. Each change writes this row, so numbers follow commits.
CREATE TABLE shelves (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    lists BIGINT NOT NULL,
    marks BIGINT NOT NULL,
    -- Marks that were taken back are forgotten up to here.
    marks_kept BIGINT NOT NULL
);

CREATE TABLE playlists (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    -- list, folder
    kind TEXT NOT NULL,
    -- The last operation; each operation demands the one it was decided on.
    seq BIGINT NOT NULL,
    items BIGINT NOT NULL CHECK (items >= 0),
    duration_ms BIGINT NOT NULL CHECK (duration_ms >= 0),
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    removed_ms BIGINT,
    -- The folder that took it along, or the list itself.
    removed_with TEXT
);
CREATE INDEX playlists_owner ON playlists (owner);
CREATE INDEX playlists_removed ON playlists (removed_ms) WHERE removed_ms IS NOT NULL;
CREATE INDEX playlists_removed_with ON playlists (removed_with) WHERE removed_with IS NOT NULL;

CREATE TABLE playlist_members (
    playlist TEXT NOT NULL REFERENCES playlists (id),
    account TEXT NOT NULL REFERENCES accounts (id),
    -- owner, editor, left
    role TEXT NOT NULL,
    -- Where this member keeps it.
    parent TEXT,
    place BIGINT NOT NULL,
    -- The member's shelves.lists at the last change.
    changed BIGINT NOT NULL,
    joined_ms BIGINT NOT NULL,
    PRIMARY KEY (account, playlist)
);
CREATE INDEX playlist_members_changed ON playlist_members (account, changed);
CREATE INDEX playlist_members_playlist ON playlist_members (playlist);

CREATE TABLE playlist_items (
    playlist TEXT NOT NULL REFERENCES playlists (id),
    id TEXT NOT NULL,
    home TEXT NOT NULL,
    track TEXT NOT NULL,
    title TEXT NOT NULL,
    artist TEXT,
    album TEXT,
    album_id TEXT,
    duration_ms BIGINT NOT NULL,
    cover_id TEXT,
    kind TEXT NOT NULL,
    added_ms BIGINT NOT NULL,
    added_by TEXT NOT NULL,
    place BIGINT NOT NULL,
    -- Removed items keep their place for a while: others may be put after them, and they may come back.
    removed_ms BIGINT,
    removed_seq BIGINT,
    PRIMARY KEY (playlist, id)
);
CREATE INDEX playlist_items_place ON playlist_items (playlist, place);
CREATE INDEX playlist_items_removed ON playlist_items (removed_ms) WHERE removed_ms IS NOT NULL;

CREATE TABLE playlist_operations (
    playlist TEXT NOT NULL REFERENCES playlists (id),
    seq BIGINT NOT NULL,
    op TEXT NOT NULL,
    -- put, moved, removed, nothing
    change TEXT NOT NULL,
    item TEXT,
    -- The item before it that was there then; missing for the first.
    previous TEXT,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (playlist, seq),
    UNIQUE (playlist, op)
);
CREATE INDEX playlist_operations_at ON playlist_operations (at_ms);

CREATE TABLE playlist_invitations (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    playlist TEXT NOT NULL REFERENCES playlists (id),
    inviter TEXT NOT NULL REFERENCES accounts (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    accepted_ms BIGINT,
    accepted_by TEXT
);
CREATE INDEX playlist_invitations_playlist ON playlist_invitations (playlist);
CREATE INDEX playlist_invitations_inviter ON playlist_invitations (inviter, created_ms);

-- Operations of an account on its sidebar and its marks, so that a repeat changes nothing.
CREATE TABLE account_operations (
    account TEXT NOT NULL REFERENCES accounts (id),
    op TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (account, op)
);
CREATE INDEX account_operations_at ON account_operations (at_ms);

CREATE TABLE marks (
    account TEXT NOT NULL REFERENCES accounts (id),
    home TEXT NOT NULL,
    track TEXT NOT NULL,
    stars BIGINT NOT NULL CHECK (stars BETWEEN 0 AND 5),
    -- Missing when it is no favourite; with it goes what the track looks like.
    favourite_ms BIGINT,
    title TEXT,
    artist TEXT,
    album TEXT,
    album_id TEXT,
    duration_ms BIGINT,
    cover_id TEXT,
    kind TEXT,
    at_ms BIGINT NOT NULL,
    -- The account's shelves.marks at the last change.
    changed BIGINT NOT NULL,
    PRIMARY KEY (account, home, track)
);
CREATE INDEX marks_changed ON marks (account, changed);
CREATE INDEX marks_blank ON marks (at_ms) WHERE stars = 0 AND favourite_ms IS NULL;

-- What an account last played: one row each, ids only.
CREATE TABLE queues (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    player TEXT NOT NULL,
    seq BIGINT NOT NULL,
    -- JSON: a list of home and track.
    entries TEXT NOT NULL,
    entry_count BIGINT NOT NULL,
    current_entry BIGINT NOT NULL,
    position_ms BIGINT NOT NULL,
    playing BIGINT NOT NULL,
    shuffle BIGINT NOT NULL,
    repeats TEXT NOT NULL,
    device TEXT NOT NULL,
    updated_ms BIGINT NOT NULL
);
