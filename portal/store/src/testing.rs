//! The private PostgreSQL cluster of tests.
