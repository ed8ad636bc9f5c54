//! What readers are shown.

use super::{Checker, Talk, Verdict, broken, steps::hidden};
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
                gone,
                metadata,
            } => {
                let talk = self.talk(*tenant, *conversation)?;
                same(talk, *conversation, rows, *metadata)?;
                hidden(*conversation, rows, gone)?;
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
                same(talk, *conversation, rows, false)
            }
            Event::Shown {
                conversation,
                version,
                phase,
                agent,
                last_seq,
                preview,
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
                self.previewed(*conversation, *last_seq, *preview)
            }
            _ => Ok(()),
        }
    }

    /// No preview shows what was taken back by then.
    fn previewed(&self, conversation: u64, last_seq: u64, preview: u64) -> Verdict {
        let Some(talk) = self.talks.get(&conversation) else {
            return Ok(());
        };
        for (seq, by) in &talk.recalled {
            let at = usize::try_from(seq - 1).unwrap_or(usize::MAX);
            let words = talk.rows.get(at).map_or(0, |row| row.body);
            if *by <= last_seq && words == preview {
                broken!(
                    InStep,
                    "the preview of {conversation} at {last_seq} shows {seq}, taken back by {by}"
                );
            }
        }
        Ok(())
    }

    pub(super) fn talk(
        &self,
        tenant: u64,
        conversation: u64,
    ) -> Result<&Talk, (super::Promise, String)> {
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

/// What a reader who was given no body can be told of a row.
fn bare(row: &Row) -> Row {
    Row {
        body: 0,
        notice: 0,
        recalls: 0,
        whole: false,
        recalled_by: 0,
        ..row.clone()
    }
}

/// Every reader sees the same rows.
pub(super) fn same(talk: &Talk, conversation: u64, rows: &[Row], metadata: bool) -> Verdict {
    for row in rows {
        let at = usize::try_from(row.seq.saturating_sub(1)).unwrap_or(usize::MAX);
        let by = talk.recalled.get(&row.seq).copied().unwrap_or(0);
        if row.recalled_by != 0 && row.recalled_by != by {
            broken!(
                Faithful,
                "sequence {} of {conversation} was shown as taken back by {}",
                row.seq,
                row.recalled_by
            );
        }
        let without = (metadata || row.recalled_by != 0) && !row.whole;
        match talk.rows.get(at) {
            Some(stored) if without && bare(stored) == bare(row) => {}
            Some(stored)
                if Row {
                    recalled_by: 0,
                    ..row.clone()
                } == *stored => {}
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
