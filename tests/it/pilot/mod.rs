//! The pilot: its decision as tables, its Lease and freezes, and the built program driving demo worlds without a hand.

mod deciding;
mod flying;
mod freezing;
mod leasing;
mod manifest;
mod scenarios;
