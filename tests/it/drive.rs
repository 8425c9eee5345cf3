//! Tests of drive.
