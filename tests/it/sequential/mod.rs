//! Tests of the sequential statistics: the shared vectors, what must hold for any counts, and the promise in simulation.

mod guardrails;
mod promise;
mod properties;
mod shown;
mod simulator;
mod vectors;
