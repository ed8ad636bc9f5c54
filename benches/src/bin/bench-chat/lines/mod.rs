//! The protocols, each as lean as it can be written: the generator shares the machine with what
//! it measures.

mod echo;
mod kefu;
mod socketio;
mod xmpp;

pub use echo::{EchoLine, serve as serve_echo};
pub use kefu::{KefuLine, client_id, number};
pub use socketio::SocketIoLine;
pub use xmpp::XmppLine;
