//! The binary in a pseudo-terminal: what a person sees and does, and what their terminal looks like afterwards.

mod child;
mod life;
pub(crate) mod terminal;
