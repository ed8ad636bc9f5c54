//! Whatever visitors send, every turn has exactly one reply, in a state that can be stored.

mod common;

use common::{Talk, pressed, typed};
use kefu_dialog::Phase;
use proptest::prelude::*;

/// Words that mean something here, and noise.
fn words() -> impl Strategy<Value = String> {
    let known = [
        "我要退货",
        "退款",
        "查订单",
        "转人工",
        "算了",
        "好的",
        "不是",
        "稍等",
        "投诉",
        "第二个",
        "1",
        "JD20261112",
        "13812345678",
        "坏了",
        "where is my order",
        "双十一",
        "过载",
        "",
    ];
    let known = prop::sample::select(known.to_vec()).prop_map(str::to_owned);
    prop_oneof![3 => known, 1 => "\\PC{0,30}"]
}

fn payload() -> impl Strategy<Value = String> {
    let form = prop::sample::select(vec![
        "intent:", "text:", "choice:", "human", "cancel", "none", "",
    ]);
    let rest = prop_oneof![
        prop::sample::select(vec![
            "complaint",
            "order.status",
            "hello",
            "0",
            "1",
            "9",
            ""
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    (form, rest).prop_map(|(form, rest)| format!("{form}{rest}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_conversation_goes_on(
        turns in prop::collection::vec(
            prop::collection::vec((any::<bool>(), words(), payload()), 1..4),
            1..12,
        ),
    ) {
        let mut talk = Talk::new();
        for turn in turns {
            let message = |(button, words, payload): (bool, String, String)| {
                if button { pressed(&payload, &words) } else { typed(&words) }
            };
            let reply = talk.turn(turn.into_iter().map(message).collect());
            prop_assert!(!reply.text.trim().is_empty(), "{reply:?}");
            prop_assert!(reply.buttons.iter().all(|(label, _)| !label.is_empty()));
            let queued = talk.state.phase == Phase::Queued;
            prop_assert_eq!(queued, !reply.commit.handoff_reason.is_empty());
            if queued {
                break;
            }
        }
    }
}
