//! What the supervisor and `/metrics` ask.

use std::sync::Arc;

use kefu_chat::Core;
use kefu_proto::v1::{self, ops_server};
use tonic::{Request, Response, Status};

/// Makes the Prometheus text of this process.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

/// Operators' service.
pub(crate) struct Ops {
    pub(crate) core: Arc<Core>,
    pub(crate) metrics: MetricsText,
}

#[tonic::async_trait]
impl ops_server::Ops for Ops {
    async fn ready(
        &self,
        _: Request<v1::ReadyRequest>,
    ) -> Result<Response<v1::ReadyReply>, Status> {
        let ready = self.core.ready();
        Ok(Response::new(v1::ReadyReply {
            role: "chat".to_owned(),
            ready: ready.is_ok(),
            detail: ready.err().unwrap_or_default(),
        }))
    }

    async fn metrics(
        &self,
        _: Request<v1::MetricsRequest>,
    ) -> Result<Response<v1::MetricsReply>, Status> {
        Ok(Response::new(v1::MetricsReply {
            text: (self.metrics)(),
        }))
    }
}
