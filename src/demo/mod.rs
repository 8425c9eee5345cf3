//! A world on loopback that speaks the real protocols; it shares no code with the rest.

pub mod controllers;

pub mod kube_api;
