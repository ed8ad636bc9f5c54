//! Who is who: sessions, passwords, users.

mod allowance;
mod directory;
mod password;
mod sessions;
mod throttle;

pub(crate) use allowance::Allowance;
pub(crate) use directory::Directory;
pub(crate) use password::{Passwords, Verdict};
pub(crate) use sessions::{Sessions, Who, is_good};
pub(crate) use throttle::Throttle;
