//! The core: model, update, effects and subscriptions, without I/O.
