//! The record before and after plans.
