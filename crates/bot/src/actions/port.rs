//! The port to the business: orders, customers, refunds.

use std::collections::BTreeMap;

use kefu_types::Lang;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRequest {
    /// Whose shop.
    pub tenant_id: u64,
    /// For whom.
    pub conversation_id: u64,
    /// What, as the intent file names it.
    pub action: String,
    /// The intent's slots, in their normal forms (see `kefu_dialog::slots`).
    pub arguments: BTreeMap<String, String>,
    /// The same for every repetition of this very thing, and only for those: whoever does
    /// something must do it once for each key.
    pub key: String,
    /// What the visitor is spoken to in; results are for people.
    pub language: Lang,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// There is nothing under these arguments.
    #[error("nothing is found under these arguments")]
    NotFound,
    /// The business says no.
    #[error("the business refuses")]
    Refused,
    /// It cannot be asked now. The text is for the log and must hold no visitor's data.
    #[error("cannot be asked now: {0}")]
    Unavailable(String),
}

/// Does what intents ask for. Adapters implement it; a call may be dropped at any await when its
/// time is over, and may be repeated with the same key by another process.
#[tonic::async_trait]
pub trait Connector: Send + Sync {
    /// Does it, and gives what the intent's answer may show, by name.
    ///
    /// # Errors
    /// When there is nothing, when it may not be, or when it cannot be asked.
    async fn call(&self, request: &ActionRequest) -> Result<BTreeMap<String, String>, ActionError>;
}

/// For an installation that is connected to nothing: every action is unavailable, and the
/// visitor is told so, with a way to a human.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoConnector;

#[tonic::async_trait]
impl Connector for NoConnector {
    async fn call(&self, _: &ActionRequest) -> Result<BTreeMap<String, String>, ActionError> {
        Err(ActionError::Unavailable(
            "no connector is set up".to_owned(),
        ))
    }
}
