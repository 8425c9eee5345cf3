//! Tests of widgets.
