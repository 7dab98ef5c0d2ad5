-- The library's index. Names ending in _key are folded for sorting; n is a row's number inside this file, id is what
-- goes over a wire. Everything here can be found again by a scan, except ids.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE covers (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    hash BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE artists (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    tracks INTEGER NOT NULL DEFAULT 0,
    albums INTEGER NOT NULL DEFAULT 0,
    cover_n INTEGER
) STRICT;
CREATE INDEX artists_by_name ON artists (sort_key, n) WHERE tracks > 0;

CREATE TABLE genres (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tracks INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX genres_by_name ON genres (key, n) WHERE tracks > 0;

-- An album without tracks stays as a memory of its id and is not listed.
CREATE TABLE albums (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    artist_n INTEGER,
    artist_key TEXT NOT NULL,
    year INTEGER,
    tracks INTEGER NOT NULL DEFAULT 0,
    duration_ms INTEGER NOT NULL DEFAULT 0,
    cover_n INTEGER,
    added_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX albums_by_added ON albums (added_ms, artist_key, title_key, n) WHERE tracks > 0;
CREATE INDEX albums_by_added_desc ON albums (added_ms DESC, artist_key, title_key, n) WHERE tracks > 0;
CREATE INDEX albums_by_title ON albums (title_key, artist_key, n) WHERE tracks > 0;
CREATE INDEX albums_by_artist ON albums (artist_key, year, title_key, n) WHERE tracks > 0;
CREATE INDEX albums_by_year ON albums (year, artist_key, title_key, n) WHERE tracks > 0;
CREATE INDEX albums_by_year_desc ON albums (year DESC, artist_key, title_key, n) WHERE tracks > 0;
CREATE INDEX albums_of_artist ON albums (artist_n);

CREATE TABLE tracks (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    -- Place in the search index: the most prominent tracks come first.
    place INTEGER NOT NULL UNIQUE,
    -- The private match key; never leaves the home.
    match_key BLOB NOT NULL,
    path BLOB NOT NULL,
    path_hash BLOB NOT NULL UNIQUE,
    name_hash INTEGER NOT NULL,
    folder_hash INTEGER NOT NULL,
    device INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    payload_start INTEGER NOT NULL,
    payload_end INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    codec TEXT,
    video_codec TEXT,
    bitrate_kbps INTEGER,
    sample_rate_hz INTEGER,
    channels INTEGER,
    duration_ms INTEGER NOT NULL,
    title TEXT NOT NULL,
    artist TEXT,
    album TEXT,
    album_artist TEXT,
    genre TEXT,
    track_no INTEGER,
    disc_no INTEGER,
    year INTEGER,
    compilation INTEGER NOT NULL,
    gain_track_db REAL,
    gain_album_db REAL,
    peak_track REAL,
    peak_album REAL,
    title_key TEXT NOT NULL,
    artist_key TEXT NOT NULL,
    album_key TEXT NOT NULL,
    genre_key TEXT NOT NULL,
    artist_n INTEGER,
    album_n INTEGER,
    genre_n INTEGER,
    cover_n INTEGER,
    added_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX tracks_by_artist ON tracks (artist_key, year, album_n, disc_no, track_no, n);
CREATE INDEX tracks_by_title ON tracks (title_key, n);
CREATE INDEX tracks_by_album ON tracks (album_key, album_n, disc_no, track_no, n);
CREATE INDEX tracks_by_genre ON tracks (genre_key, artist_key, album_n, disc_no, track_no, n);
CREATE INDEX tracks_by_year ON tracks (year, album_n, disc_no, track_no, n);
CREATE INDEX tracks_by_year_desc ON tracks (year DESC, album_n, disc_no, track_no, n);
CREATE INDEX tracks_by_duration ON tracks (duration_ms, n);
CREATE INDEX tracks_by_added ON tracks (added_ms, album_n, disc_no, track_no, n);
CREATE INDEX tracks_by_added_desc ON tracks (added_ms DESC, album_n, disc_no, track_no, n);
CREATE INDEX tracks_of_album ON tracks (album_n, disc_no, track_no, title_key, n);
CREATE INDEX tracks_of_artist ON tracks (artist_n);
CREATE INDEX tracks_of_genre ON tracks (genre_n);
CREATE INDEX tracks_of_folder ON tracks (folder_hash);
CREATE INDEX tracks_by_match ON tracks (match_key, name_hash);

-- Tracks whose file is gone for good: the id waits for the same payload to come back.
CREATE TABLE departed (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    match_key BLOB NOT NULL,
    added_ms INTEGER NOT NULL,
    departed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX departed_by_match ON departed (match_key);

-- Files that are no media for us, with the reason; looked at again when they change.
CREATE TABLE failures (
    path_hash BLOB PRIMARY KEY,
    path BLOB NOT NULL,
    device INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The cover file beside the music that a folder's tracks were given.
CREATE TABLE folder_covers (
    folder_hash BLOB PRIMARY KEY,
    stamp INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE search_tracks USING fts5(
    title, artist, album,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='2 3 4'
);
CREATE VIRTUAL TABLE search_albums USING fts5(
    title, artist,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='2 3 4'
);
CREATE VIRTUAL TABLE search_artists USING fts5(
    name,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='2 3 4'
);
