-- The language of a visitor's browser, for the mail that the home is back; NULL when it asked for none that is spoken here.
ALTER TABLE share_waiting ADD COLUMN language TEXT;
