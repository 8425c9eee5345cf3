//! From model to frame.

#![deny(clippy::disallowed_methods)]
