//! Who is who: sessions, passwords, users.

mod allowance;
mod canned;
mod contact;
mod directory;
mod groups;
mod mentions;
mod password;
mod sessions;
mod throttle;

pub(crate) use allowance::Allowance;
pub(crate) use canned::{VARIABLES, unknown_variable};
pub(crate) use contact::{email, phone};
pub(crate) use directory::Directory;
pub(crate) use groups::GroupBook;
pub(crate) use mentions::mentioned;
pub(crate) use password::{Passwords, Verdict};
pub(crate) use sessions::{Sessions, Who, is_good};
pub(crate) use throttle::Throttle;
