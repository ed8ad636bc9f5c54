//! The rows of docs/faults.md against real processes: what is injected is real, and one checker of
//! clients' histories (`kefu_tests::history`) says what held. The seed is printed.
//!
//! Rows 1, 2, 17, 19 and 22 stand in files of their own beside this directory.

mod bot_overload;
mod clock;
mod common;
mod corrupt;
mod crowds;
mod descriptors;
mod disk_full;
mod drain;
mod floods;
mod half_open;
mod planted;
mod poison;
mod power;
mod readers;
mod releases;
mod restore;
mod same_id;
mod sessions;
mod stalls;
mod syncs;
mod transports;
mod uploads;
