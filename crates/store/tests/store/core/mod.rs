//! The chat core over a real database.

mod botlike;
mod canned;
mod cursors;
mod endings;
mod epochs;
mod groups;
mod handoff;
mod hours;
mod lanes;
mod links;
mod media;
mod notes;
mod offers;
mod people;
mod profile;
mod recalls;
mod restart;
mod search;
mod sending;
mod silence;
mod talk;
mod tenants;
mod turns;
mod users;
mod words;
mod world;
