//! The loop, the terminal and the only place that builds clients.
