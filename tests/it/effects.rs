//! Tests of effects.
