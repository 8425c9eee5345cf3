//! Tests of scrape.
