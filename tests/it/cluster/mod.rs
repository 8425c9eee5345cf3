//! The cluster's source: decoding by tables, reading and watching over real sockets.

mod decoding;
mod watching;
