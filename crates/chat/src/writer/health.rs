//! Whether changes can be taken.

use std::time::Duration;

use tokio::sync::watch;

use crate::error::CoreError;

/// How the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Changes are taken.
    Well,
    /// The store stalls or is full: changes are refused at once until a probe succeeds.
    Stalled(String),
    /// The device failed, the writer has stopped; only a new process may go on.
    Failed(String),
}

pub(crate) struct HealthCell(watch::Sender<Health>);

impl HealthCell {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Health::Well))
    }

    pub(crate) fn get(&self) -> Health {
        self.0.borrow().clone()
    }

    /// Once failed, always failed.
    pub(crate) fn set(&self, health: Health) {
        self.0.send_if_modified(|now| {
            let change = !matches!(now, Health::Failed(_)) && *now != health;
            if change {
                *now = health;
            }
            change
        });
    }

    pub(crate) fn admit(&self, retry_after: Duration) -> Result<(), CoreError> {
        let (message, retry_after) = match &*self.0.borrow() {
            Health::Well => return Ok(()),
            Health::Stalled(_) => ("the store stalls", retry_after.max(Duration::from_secs(1))),
            Health::Failed(_) => ("the store failed", Duration::from_secs(5)),
        };
        metrics::counter!("kefu_chat_refused_total", "reason" => "store").increment(1);
        Err(CoreError::Unavailable {
            message: message.to_owned(),
            retry_after,
        })
    }

    pub(crate) async fn failed(&self) -> String {
        let mut watch = self.0.subscribe();
        match watch
            .wait_for(|health| matches!(health, Health::Failed(_)))
            .await
            .as_deref()
        {
            Ok(Health::Failed(reason)) => reason.clone(),
            _ => "the writer is gone".to_owned(),
        }
    }
}
