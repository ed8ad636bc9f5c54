//! TCP_NODELAY on the connections to the database.
//!
//! sqlx 0.9.0 does not set it (launchbadge/sqlx#4335, mended after that release), and does not hand
//! out its sockets. A batch that does not fit into the socket's buffer at once then waits for the
//! server's delayed acknowledgement, 40 ms. This goes when sqlx sets it again (ADR 37).

use std::net::SocketAddr;

use rustix::{
    fd::OwnedFd,
    net::{getpeername, sockopt},
    process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open},
};

/// Sets it on every socket of this process whose other end is `port`. Says on how many it newly did.
///
/// A socket is reached through a duplicate of its descriptor, which is closed at once; a descriptor
/// that is closed meanwhile is passed over.
///
/// # Errors
/// Where the system does not let a process duplicate its own descriptors by number.
pub(super) fn set(port: u16) -> std::io::Result<usize> {
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    let mut set = 0;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let is_socket = std::fs::read_link(entry.path()).is_ok_and(|target| {
            target
                .as_os_str()
                .as_encoded_bytes()
                .starts_with(b"socket:")
        });
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let Some(number) = number.filter(|_| is_socket) else {
            continue;
        };
        match pidfd_getfd(&this, number, PidfdGetfdFlags::empty()) {
            Ok(socket) => set += usize::from(set_one(&socket, port)),
            Err(rustix::io::Errno::BADF) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Ok(set)
}

fn set_one(socket: &OwnedFd, port: u16) -> bool {
    let peer = getpeername(socket).ok().flatten();
    let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
    peer.is_some_and(|peer| peer.port() == port)
        && sockopt::tcp_nodelay(socket) == Ok(false)
        && sockopt::set_tcp_nodelay(socket, true).is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::set;

    #[test]
    fn it_is_set_on_sockets_to_that_port_and_on_no_others() {
        let listen = || TcpListener::bind("127.0.0.1:0").expect("a port");
        let (database, other) = (listen(), listen());
        let connect = |to: &TcpListener| {
            TcpStream::connect(to.local_addr().expect("an address")).expect("connected")
        };
        let (ours, theirs) = (connect(&database), connect(&other));
        let port = database.local_addr().expect("an address").port();
        assert_eq!(set(port).expect("allowed"), 1);
        assert!(ours.nodelay().expect("asked"));
        assert!(!theirs.nodelay().expect("asked"));
        assert_eq!(set(port).expect("allowed"), 0, "it is set already");
    }
}
