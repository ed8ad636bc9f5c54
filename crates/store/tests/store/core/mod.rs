//! The chat core over a real database.

mod handoff;
mod links;
mod people;
mod restart;
mod sending;
mod tenants;
mod turns;
mod world;
