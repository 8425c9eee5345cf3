//! Tasks that carry out effects: an effect becomes a change of the world and an event.
