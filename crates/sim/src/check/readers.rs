//! What readers are shown.

use super::{Checker, Talk, Verdict, broken};
use crate::log::{Event, Row};

impl Checker {
    pub(super) fn reader(&self, event: &Event) -> Verdict {
        match event {
            Event::Page {
                tenant,
                conversation,
                after,
                limit,
                floor,
                last_seq,
                rows,
            } => {
                let talk = self.talk(*tenant, *conversation)?;
                same(talk, *conversation, rows)?;
                let reached = after + rows.len() as u64;
                if !(after + 1..).zip(rows).all(|(due, row)| row.seq == due) {
                    let first = rows.first().map_or(0, |row| row.seq);
                    broken!(
                        Resumable,
                        "a page of {conversation} after {after} goes from {first} in {} rows",
                        rows.len()
                    );
                }
                if rows.len() as u64 > *limit {
                    broken!(Bounded, "a page of {} rows, asked for {limit}", rows.len());
                }
                if (rows.len() as u64) < *limit && reached < *floor {
                    broken!(
                        Resumable,
                        "a page of {conversation} ends at {reached}, {floor} was acknowledged"
                    );
                }
                if *last_seq < *floor {
                    broken!(
                        Acknowledged,
                        "a page of {conversation} counts {last_seq}, {floor} was acknowledged"
                    );
                }
                if *last_seq > talk.rows.len() as u64 {
                    broken!(
                        Faithful,
                        "a page of {conversation} counts {last_seq}, too many"
                    );
                }
                Ok(())
            }
            Event::Pushed {
                edge,
                wanted,
                tenant,
                conversation,
                rows,
            } => {
                if !wanted {
                    broken!(
                        Faithful,
                        "edge {edge} was told of {conversation} and had not asked"
                    );
                }
                let talk = self.talk(*tenant, *conversation)?;
                same(talk, *conversation, rows)
            }
            Event::Shown {
                conversation,
                version,
                phase,
                agent,
                last_seq,
            } => {
                let versions = self.talks.get(conversation).map(|talk| &talk.versions);
                let at = usize::try_from(version.saturating_sub(1)).unwrap_or(usize::MAX);
                let Some(known) = versions.and_then(|versions| versions.get(at)) else {
                    broken!(
                        Faithful,
                        "version {version} of {conversation} was shown, not stored"
                    );
                };
                if (known.phase, known.agent, known.last_seq) != (*phase, *agent, *last_seq) {
                    broken!(
                        Faithful,
                        "version {version} of {conversation} is {known:?}; shown was phase {phase}, \
                         agent {agent}, sequence {last_seq}"
                    );
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn talk(&self, tenant: u64, conversation: u64) -> Result<&Talk, (super::Promise, String)> {
        match self.talks.get(&conversation) {
            Some(talk) if talk.tenant == tenant => Ok(talk),
            Some(_) => broken!(
                Faithful,
                "tenant {tenant} was shown {conversation} of another"
            ),
            None => broken!(Faithful, "{conversation} was shown and does not exist"),
        }
    }
}

/// Every reader sees the same rows.
fn same(talk: &Talk, conversation: u64, rows: &[Row]) -> Verdict {
    for row in rows {
        let at = usize::try_from(row.seq.saturating_sub(1)).unwrap_or(usize::MAX);
        match talk.rows.get(at) {
            Some(stored) if stored == row => {}
            Some(stored) => broken!(
                Ordered,
                "sequence {} of {conversation} was shown as {row:?}, stored as {stored:?}",
                row.seq
            ),
            None => broken!(
                Faithful,
                "sequence {} of {conversation} was shown before it was stored",
                row.seq
            ),
        }
    }
    Ok(())
}
