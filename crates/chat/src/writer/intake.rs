//! What waits for the writer, lane by lane.

use tokio::sync::mpsc;

use super::Job;
use crate::{
    lanes::{Lane, Turnstile},
    settings::Limits,
};

/// The writer's ends of the two queues. Both end together: a [`Writer`](super::Writer) holds both.
pub(super) struct Intake {
    vip: mpsc::Receiver<Job>,
    normal: mpsc::Receiver<Job>,
    turnstile: Turnstile,
}

impl Intake {
    /// The queues: the ends to put in, first lane first, and the end to take out.
    pub(super) fn new(limits: &Limits) -> ([mpsc::Sender<Job>; 2], Self) {
        let (to_vip, vip) = mpsc::channel(limits.writer_queue_vip_max.max(1));
        let (to_normal, normal) = mpsc::channel(limits.writer_queue_max.max(1));
        let turnstile = Turnstile::new(limits.vip_ahead_max);
        let intake = Self {
            vip,
            normal,
            turnstile,
        };
        ([to_vip, to_normal], intake)
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.vip.len() + self.normal.len()
    }

    /// Waits for a change, then takes with it what else is there, at most `most` in all. False when
    /// no more will ever come.
    pub(super) async fn gather(&mut self, jobs: &mut Vec<Job>, most: usize) -> bool {
        if let Some(job) = self.take() {
            jobs.push(job);
        } else {
            let (lane, job) = tokio::select! {
                biased;
                Some(job) = self.vip.recv() => (Lane::Vip, job),
                Some(job) = self.normal.recv() => (Lane::Normal, job),
                else => return false,
            };
            self.turnstile.took(lane, !self.normal.is_empty());
            jobs.push(job);
        }
        while jobs.len() < most
            && let Some(job) = self.take()
        {
            jobs.push(job);
        }
        true
    }

    /// The next that waits now.
    pub(super) fn take(&mut self) -> Option<Job> {
        let waits = !self.normal.is_empty();
        let lane = self.turnstile.next(!self.vip.is_empty(), waits)?;
        self.turnstile.took(lane, waits);
        match lane {
            Lane::Vip => self.vip.try_recv().ok(),
            Lane::Normal => self.normal.try_recv().ok(),
        }
    }
}
