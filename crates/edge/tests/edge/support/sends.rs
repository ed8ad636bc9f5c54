//! The stream of messages: each is a call of its own, and answers come as they are ready.

use kefu_proto::v1::{Problem, SendDown, SendUp, chat_server::Chat as _, send_down::Answer};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status, Streaming};

use super::core::Core;

pub fn answer(core: Core, mut ups: Streaming<SendUp>) -> ReceiverStream<Result<SendDown, Status>> {
    let (downs, stream) = mpsc::channel(100_000);
    tokio::spawn(async move {
        while let Ok(Some(up)) = ups.message().await {
            let (core, downs) = (core.clone(), downs.clone());
            tokio::spawn(async move {
                let SendUp { number, request } = up;
                let sent = core.send(Request::new(request.unwrap_or_default()));
                let answer = match sent.await {
                    Ok(accepted) => Answer::Accepted(accepted.into_inner()),
                    Err(status) => Answer::Problem(problem_in(&status)),
                };
                let answer = Some(answer);
                let _ = downs.send(Ok(SendDown { number, answer })).await;
            });
        }
    });
    ReceiverStream::new(stream)
}

fn problem_in(status: &Status) -> Problem {
    Problem::decode(status.details()).expect("refusals have a problem")
}
