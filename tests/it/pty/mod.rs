//! The binary in a pseudo-terminal: what a person sees and does, and what their terminal looks like afterwards.

mod approving;
mod child;
mod dropped;
mod life;
mod login;
mod replay;
mod strict;
pub(crate) mod terminal;
pub(crate) mod trying;
