//! The chat core over a real database.

mod botlike;
mod cursors;
mod epochs;
mod handoff;
mod lanes;
mod links;
mod media;
mod people;
mod recalls;
mod restart;
mod search;
mod sending;
mod talk;
mod tenants;
mod turns;
mod users;
mod world;
