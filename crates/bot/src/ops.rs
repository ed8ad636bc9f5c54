//! What the supervisor asks of the bot role.

use std::sync::Arc;

use kefu_proto::v1::{
    MetricsReply, MetricsRequest, ReadyReply, ReadyRequest,
    ops_server::{Ops, OpsServer},
};
use tonic::{Request, Response, Status as RpcStatus};

use crate::link::Status;

/// Renders the process's metrics as Prometheus text.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

/// The bot's [`Ops`] service.
pub struct BotOps {
    status: Arc<Status>,
    metrics: MetricsText,
}

impl BotOps {
    /// The service, ready to be added to a server.
    #[must_use]
    pub fn server(status: Arc<Status>, metrics: MetricsText) -> OpsServer<Self> {
        OpsServer::new(Self { status, metrics })
    }
}

#[tonic::async_trait]
impl Ops for BotOps {
    async fn ready(&self, _: Request<ReadyRequest>) -> Result<Response<ReadyReply>, RpcStatus> {
        let (ready, detail) = self.status.ready();
        Ok(Response::new(ReadyReply {
            role: "bot".to_owned(),
            ready,
            detail: detail.to_owned(),
        }))
    }

    async fn metrics(
        &self,
        _: Request<MetricsRequest>,
    ) -> Result<Response<MetricsReply>, RpcStatus> {
        let text = (self.metrics)();
        Ok(Response::new(MetricsReply { text }))
    }
}
