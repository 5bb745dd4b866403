//! The stream under a mail connection: TCP without Nagle's delay (the message and its final dot are two
//! small writes), TLS from the first byte where asked, and a note whether we have spoken yet.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

/// TCP, or TLS over it.
type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A connection's stream.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    peer: SocketAddr,
    spoke: Arc<AtomicBool>,
}

impl Wire {
    pub(super) fn tcp(stream: TcpStream, peer: SocketAddr) -> Self {
        Self { stream: Either::Left(stream), peer, spoke: Arc::default() }
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>, peer: SocketAddr) -> Self {
        Self { stream: Either::Right(Box::new(stream)), peer, spoke: Arc::default() }
    }

    /// Becomes true with our first byte: tells a refused greeting from a refused EHLO.
    pub(super) fn spoke(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.spoke)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.spoke.store(true, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
