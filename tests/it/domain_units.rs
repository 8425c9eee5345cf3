//! Tests of domain_units.
