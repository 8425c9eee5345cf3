//! The API server double and its controllers, over real sockets: with `kubectl`, with kube-rs, and in process.

pub mod cluster;
mod faults;
mod kubectl;
mod protocol;
mod rollout;
