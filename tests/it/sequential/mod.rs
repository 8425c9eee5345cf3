//! Tests of the sequential statistics: the shared vectors, what must hold for any counts, and the promise in simulation.

mod properties;
mod vectors;
