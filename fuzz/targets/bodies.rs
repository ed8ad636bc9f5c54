//! What is sent to REST and between the roles: any bytes are a message or an error, and a message survives
//! being written and read. Forms of messages left, pages, groups and their routing, proposals, and the rest.
#![no_main]

use kefu_proto::v1;
use libfuzzer_sys::fuzz_target;
use prost::Message;
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|bytes: &[u8]| {
    both::<v1::LeaveMessageRequest>(bytes);
    both::<v1::MoveLeftRequest>(bytes);
    both::<v1::AnswerLeftRequest>(bytes);
    both::<v1::LeftMessage>(bytes);
    both::<v1::PageSeen>(bytes);
    both::<v1::Group>(bytes);
    both::<v1::Groups>(bytes);
    both::<v1::AssistTaken>(bytes);
    both::<v1::SendMessage>(bytes);
    both::<v1::Mark>(bytes);
    both::<v1::Rating>(bytes);
    both::<v1::Summary>(bytes);
    both::<v1::CannedReply>(bytes);
    both::<v1::WriteNoteRequest>(bytes);
    both::<v1::IdentifyRequest>(bytes);
    both::<v1::CreateUserRequest>(bytes);
    both::<v1::UpdateUserRequest>(bytes);
    both::<v1::ActRequest>(bytes);
    both::<v1::SetStatusRequest>(bytes);
    both::<v1::ChangeTagsRequest>(bytes);
    both::<v1::LogoutRequest>(bytes);
    both::<v1::ReadMentionsRequest>(bytes);
    // A share that is no number has no form in JSON.
    binary::<v1::AssistAsk>(bytes);
    binary::<v1::AssistAnswer>(bytes);
    binary::<v1::Proposals>(bytes);
    binary::<v1::LinkDown>(bytes);
});

fn both<M: Message + Default + Serialize + DeserializeOwned>(bytes: &[u8]) {
    binary::<M>(bytes);
    if let Ok(message) = serde_json::from_slice::<M>(bytes) {
        let json = serde_json::to_string(&message).expect("our own types");
        let again: M = serde_json::from_str(&json).expect("our own text");
        assert_eq!(message.encode_to_vec(), again.encode_to_vec(), "{json}");
    }
}

fn binary<M: Message + Default>(bytes: &[u8]) {
    if let Ok(message) = M::decode(bytes) {
        let written = message.encode_to_vec();
        let again = M::decode(written.as_slice()).expect("our own bytes");
        assert_eq!(written, again.encode_to_vec());
    }
}
