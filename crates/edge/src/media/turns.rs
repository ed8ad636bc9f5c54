//! Who may upload now: so many at once, so many of one person, so many a minute.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use kefu_proto::v1::Problem;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{problem::passing, settings::MediaSettings};

/// Kind of principal, and its id.
pub(crate) type Person = (i32, u64);

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Busy {
    now: usize,
    /// When uploads of the last minute began, by the monotonic clock.
    begun: VecDeque<Duration>,
}

/// What is under way, and lately was.
pub(crate) struct Uploads {
    at_once: Arc<Semaphore>,
    per_person: usize,
    per_minute: usize,
    people: Mutex<HashMap<Person, Busy>>,
}

/// A place among the uploads, given back when dropped.
pub(crate) struct Turn {
    uploads: Arc<Uploads>,
    who: Person,
    _place: OwnedSemaphorePermit,
}

impl Uploads {
    pub(crate) fn new(settings: &MediaSettings) -> Arc<Self> {
        let places = settings
            .uploads_at_once_max
            .clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self {
            at_once: Arc::new(Semaphore::new(places)),
            per_person: settings.uploads_per_person_max.max(1),
            per_minute: settings.uploads_per_minute_per_person.max(1),
            people: Mutex::default(),
        })
    }

    /// # Errors
    /// `rate_limited` for one person's, `overloaded` for everybody's too many.
    pub(crate) fn begin(self: &Arc<Self>, who: Person, now: Duration) -> Result<Turn, Problem> {
        let mut people = self.people.lock();
        let busy = people.entry(who).or_default();
        busy.forget(now);
        if busy.now >= self.per_person {
            let words = "another upload of yours is under way; try again when it is done";
            return Err(passing("rate_limited", words, 1_000));
        }
        if busy.begun.len() >= self.per_minute {
            let oldest = busy.begun.front().copied().unwrap_or(now);
            let wait = (oldest + MINUTE).saturating_sub(now).as_millis();
            let wait_ms = u32::try_from(wait).unwrap_or(u32::MAX).max(1);
            return Err(passing(
                "rate_limited",
                "too many uploads in a minute",
                wait_ms,
            ));
        }
        let Ok(place) = self.at_once.clone().try_acquire_owned() else {
            let words = "too many uploads at once; try again";
            return Err(passing("overloaded", words, 2_000));
        };
        busy.now += 1;
        busy.begun.push_back(now);
        Ok(Turn {
            uploads: self.clone(),
            who,
            _place: place,
        })
    }

    /// Forgets people who have been quiet; to be called now and then.
    pub(crate) fn sweep(&self, now: Duration) {
        self.people.lock().retain(|_, busy| {
            busy.forget(now);
            busy.now > 0 || !busy.begun.is_empty()
        });
    }
}

impl Busy {
    fn forget(&mut self, now: Duration) {
        while self.begun.front().is_some_and(|at| *at + MINUTE <= now) {
            self.begun.pop_front();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(busy) = self.uploads.people.lock().get_mut(&self.who) {
            busy.now = busy.now.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Uploads;
    use crate::settings::MediaSettings;

    #[test]
    fn one_person_is_bounded_at_once_and_by_the_minute_and_all_are_together() {
        let uploads = Uploads::new(&MediaSettings {
            uploads_at_once_max: 2,
            uploads_per_person_max: 1,
            uploads_per_minute_per_person: 2,
            ..MediaSettings::default()
        });
        let at = Duration::from_secs;
        let code = |who, at_s| {
            uploads
                .begin((1, who), at(at_s))
                .map_err(|it| it.code)
                .err()
        };
        let first = uploads.begin((1, 1), at(0)).expect("the first");
        assert_eq!(code(1, 1).as_deref(), Some("rate_limited"), "one at once");
        let other = uploads.begin((1, 2), at(1)).expect("somebody else");
        assert_eq!(code(3, 2).as_deref(), Some("overloaded"));
        drop((first, other));
        assert_eq!(code(1, 3), None, "the second of this minute");
        assert_eq!(code(1, 4).as_deref(), Some("rate_limited"));
        assert_eq!(code(1, 60), None, "the first was a minute ago");
        uploads.sweep(at(200));
        assert!(uploads.people.lock().is_empty());
    }
}
