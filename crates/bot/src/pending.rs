//! A turn that is under way, between what was read and what is said.

use std::{sync::Arc, time::Duration};

use jiff::civil::Date;
use kefu_dialog::{Action, ActionOutcome, Failure, State};
use kefu_intents::Intent;
use kefu_nlu::Engine;
use kefu_proto::v1;
use kefu_types::Lang;

use crate::{
    actions::{ActionRequest, failed, key},
    reading::Reading,
};

/// How far a turn has come.
pub enum Progress {
    /// To its commit.
    Done(Box<v1::CommitTurn>),
    /// To something that must be done before the reply.
    Act(Box<Pending>),
}

/// Everything that the rest of a turn needs. It keeps its engine, so that a turn is read and
/// answered by one set of intents.
pub(crate) struct Open {
    pub(crate) tenant: u64,
    pub(crate) conversation: u64,
    pub(crate) turn: u64,
    pub(crate) version: u64,
    pub(crate) state: State,
    pub(crate) engine: Arc<Engine>,
    pub(crate) reading: Reading,
    pub(crate) lang: Lang,
    pub(crate) today: Date,
    pub(crate) day: Date,
    /// A picture or a file came with the words, of which the reply must say something.
    pub(crate) media: bool,
    pub(crate) started: Duration,
}

impl Open {
    /// The outcome with its results under the names that the intent's answer knows. A connector
    /// that leaves out a promised result is not usable: the answer would show a hole.
    pub(crate) fn named(&self, outcome: ActionOutcome) -> ActionOutcome {
        let ActionOutcome::Done { mut results } = outcome else {
            return outcome;
        };
        let Some(action) = self.intent().and_then(|intent| intent.action.as_ref()) else {
            return ActionOutcome::Done { results };
        };
        let mut named = std::collections::BTreeMap::new();
        for result in &action.returns {
            let Some(value) = results.remove(result) else {
                tracing::error!(
                    action = action.call,
                    result,
                    "the connector left out a result"
                );
                return failed(Failure::Unavailable);
            };
            named.insert(format!("{}.{result}", action.name), value);
        }
        ActionOutcome::Done { results: named }
    }

    fn intent(&self) -> Option<&Intent> {
        let kefu_dialog::Phase::Acting { form } = &self.state.phase else {
            return None;
        };
        self.engine.catalogue().get(&form.intent.id)
    }
}

/// A turn that waits for its action.
pub struct Pending {
    pub(crate) open: Open,
    request: ActionRequest,
    timeout: Option<Duration>,
}

impl Pending {
    pub(crate) fn new(open: Open, action: Action) -> Self {
        let request = ActionRequest {
            tenant_id: open.tenant,
            conversation_id: open.conversation,
            key: key(open.conversation, &action),
            action: action.name,
            arguments: action.arguments,
            language: open.lang,
        };
        let script = open.intent().and_then(|intent| intent.action.as_ref());
        let timeout = script.and_then(|action| action.timeout_ms);
        Self {
            timeout: timeout.map(|ms| Duration::from_millis(ms.into())),
            open,
            request,
        }
    }

    /// What must be done.
    #[must_use]
    pub const fn request(&self) -> &ActionRequest {
        &self.request
    }

    /// How long the intent lets it take, where it says so.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}
