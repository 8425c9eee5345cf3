//! Prometheus as the source of metrics: the text of its queries, what its answers become, and a real one on the demo world.

mod answers;
mod clocks;
mod gateways;
mod logins;
mod native;
mod presets;
mod queries;
mod real;
mod secrets;
mod series;
mod server;
mod setup;
