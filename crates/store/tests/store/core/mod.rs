//! The chat core over a real database.

mod botlike;
mod handoff;
mod lanes;
mod links;
mod people;
mod restart;
mod search;
mod sending;
mod sync;
mod talk;
mod tenants;
mod turns;
mod users;
mod world;
