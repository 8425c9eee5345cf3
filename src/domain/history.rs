//! Releases in order and where a roll back goes.
