//! Tests of headless.
