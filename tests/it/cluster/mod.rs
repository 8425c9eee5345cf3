//! The cluster's source: decoding by tables, reading and watching over real sockets.

mod broken;
mod connecting;
mod decoding;
mod watching;
