//! What operators ask of the in-memory core.

use kefu_proto::v1::*;
use tonic::{Request, Response, Status};

use super::core::Core;

type Answer<T> = Result<Response<T>, Status>;

fn ok<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}

#[tonic::async_trait]
impl ops_server::Ops for Core {
    async fn ready(&self, _: Request<ReadyRequest>) -> Answer<ReadyReply> {
        ok(ReadyReply {
            role: "chat".into(),
            ready: true,
            detail: String::new(),
        })
    }

    async fn metrics(&self, _: Request<MetricsRequest>) -> Answer<MetricsReply> {
        ok(MetricsReply {
            text: "# TYPE kefu_test counter\nkefu_test 2\n".into(),
        })
    }
}
