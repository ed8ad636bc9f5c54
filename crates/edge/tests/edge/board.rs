//! Who is sent the board, and who hears of promises.

use kefu_proto::v1::{
    Board, BoardChanged, Role, SlaAlert, SlaDue, link_down, server_frame::Body as Down,
};

use crate::support::{Edge, settings};

const TENANT: u64 = 1;
/// Nobody's id here.
const SOMEBODY: u64 = 999_999;

/// Boards by their time, promises by theirs.
fn told(body: Down) -> Option<i64> {
    match body {
        Down::Board(board) => Some(board.at_ms),
        Down::SlaAlert(alert) => Some(alert.due_at_ms),
        _ => None,
    }
}

fn board(tenant_id: u64, at_ms: i64) -> link_down::Body {
    let board = Board {
        at_ms,
        ..Board::default()
    };
    link_down::Body::Board(BoardChanged {
        tenant_id,
        board: Some(board),
    })
}

fn promise(tenant_id: u64, due_at_ms: i64) -> link_down::Body {
    let alert = SlaAlert {
        agent_id: SOMEBODY,
        due_at_ms,
        ..SlaAlert::default()
    };
    link_down::Body::Sla(SlaDue {
        tenant_id,
        alert: Some(alert),
    })
}

#[tokio::test]
async fn the_board_goes_to_workspaces_that_oversee_and_to_nobody_else() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut visitor = edge.welcomed("v").await;
    visitor.open(own, 0).await;
    visitor
        .until(|body| matches!(body, Down::Opened(_)).then_some(()))
        .await;
    let mut agent = edge.at_work("a", Role::Agent).await;
    let mut overseers = [
        edge.at_work("s", Role::Supervisor).await,
        edge.at_work("r", Role::Admin).await,
    ];
    {
        let state = edge.core.state.lock();
        // Of another tenant: nobody's business.
        state.tell_all(board(TENANT + 1, 1));
        state.tell_all(promise(TENANT + 1, 2));
        state.tell_all(board(TENANT, 3));
        state.tell_all(promise(TENANT, 4));
    }
    for wire in &mut overseers {
        let mut news = Vec::new();
        while news.len() < 2 {
            news.extend(wire.heard(told).await);
        }
        assert_eq!(news, [3, 4]);
    }
    // What reached the others has passed these two, too. The promise is a colleague's.
    for wire in [&mut agent, &mut visitor] {
        assert_eq!(wire.heard(told).await, [0; 0]);
        assert_eq!(wire.heard(told).await, [0; 0]);
    }
}
