//! Plans carried out over real sockets: against the demo world, and against a server that answers as it is told.

mod bench;
mod guards;
mod interrupted;
mod owner;
mod waits;
mod world;
