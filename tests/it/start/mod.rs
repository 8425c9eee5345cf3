//! The first minutes with the program: shells, guesses without a config, the doctor, the rights to ask for.

mod doctor;
mod guessing;
mod role;
mod shell;
