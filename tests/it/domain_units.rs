//! Tests of domain units.
