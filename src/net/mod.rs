//! The ways out: every byte leadgate sends or reads over a network goes through here, bounded and masked.

pub mod http;
pub mod imap;
pub mod shared;
pub mod smtp;
pub mod tokens;

/// An address nobody listens on, and nobody else can take while it is held.
#[cfg(test)]
pub(crate) fn nobody() -> (tokio::net::TcpSocket, std::net::SocketAddr) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
