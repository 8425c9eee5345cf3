//! The commands: the same core as the cockpit, without a screen.
//!
//! Each command watches the model while the loop drives it, says what a person or a pipeline wants, and ends with an exit
//! code that tells how it ended. Invariants: with `-o json` standard output is JSON and nothing else; notices go to
//! standard error; nothing is changed without a confirmation; text from outside is cleaned before a terminal gets it.

pub mod act;
pub mod all;
pub mod changes;
pub mod checklist;
pub mod config;
pub mod confirm;
pub mod doctor;
pub mod exit;
pub mod gates;
pub mod goals;
pub mod history;
pub mod json;
pub mod judge;
pub mod keys;
mod log_follow;
pub mod logs;
mod markup;
pub mod note;
pub mod output;
pub mod pilot;
pub mod pilot_manifest;
pub mod pipeline;
pub mod plan;
mod reading;
pub mod report;
pub mod role;
pub mod runbook;
pub mod session;
pub mod shell;
pub mod smoke;
pub mod status;
pub mod text;
pub mod theme;
pub mod trouble;
pub mod under_way;
pub mod until_good;
pub mod watch;
