//! Alerts of sensitive words. One is written in the transaction of its message, and goes with the
//! conversation.

use kefu_types::{AgentId, Millis, TenantId};

/// Somebody who oversees has seen alerts. What they had seen before stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAlerts {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Who.
    pub agent: AgentId,
    /// Which; those that are none of the tenant's are passed over.
    pub ids: Vec<u64>,
    /// UTC milliseconds.
    pub at_ms: Millis,
}

/// Which page of them is asked for, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertAsk {
    /// Whose.
    pub tenant: TenantId,
    /// Only those that somebody has seen, or that nobody has.
    pub seen: Option<bool>,
    /// Only those with ids below this one.
    pub before: u64,
    /// At most so many.
    pub limit: u32,
}
