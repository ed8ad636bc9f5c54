//! Who is sent the board, and who hears of promises.

use kefu_proto::v1::{
    Board, BoardChanged, OpenWorkspace, Ping, Role, SlaAlert, SlaDue, client_frame::Body as Up,
    link_down, server_frame::Body as Down,
};

use crate::support::{Edge, Wire, settings};

const TENANT: u64 = 1;
/// Nobody's id here.
const SOMEBODY: u64 = 999_999;

async fn at_work(edge: &Edge, token: &str, role: Role) -> Wire {
    edge.core.user_as(token, role);
    let mut wire = edge.wire("kefu.v1.proto").await;
    wire.hello(token).await;
    wire.say(Up::Workspace(OpenWorkspace {})).await;
    wire.until(|body| matches!(body, Down::Workspace(_)).then_some(()))
        .await;
    wire
}

/// What comes until a ping, which was said after it, is answered: boards by their time, promises by
/// theirs.
async fn heard(wire: &mut Wire) -> Vec<i64> {
    let asked = wire.say(Up::Ping(Ping::default())).await;
    let mut heard = Vec::new();
    loop {
        let frame = wire.hear().await;
        match frame.body {
            Some(Down::Board(board)) => heard.push(board.at_ms),
            Some(Down::SlaAlert(alert)) => heard.push(alert.due_at_ms),
            Some(Down::Pong(_)) if frame.r#ref == asked => return heard,
            _ => {}
        }
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
    let mut agent = at_work(&edge, "a", Role::Agent).await;
    let mut overseers = [
        at_work(&edge, "s", Role::Supervisor).await,
        at_work(&edge, "r", Role::Admin).await,
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
        let mut told = Vec::new();
        while told.len() < 2 {
            told.extend(heard(wire).await);
        }
        assert_eq!(told, [3, 4]);
    }
    // What reached the others has passed these two, too. The promise is a colleague's.
    for wire in [&mut agent, &mut visitor] {
        assert_eq!(heard(wire).await, [0; 0]);
        assert_eq!(heard(wire).await, [0; 0]);
    }
}
