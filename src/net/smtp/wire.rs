//! The stream under a mail connection: TCP without Nagle's delay, TLS from the first byte where asked, a note whether we
//! have spoken yet, and a message that leaves together with its final dot, which are two writes and two flushes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

/// Bytes that may wait for more; larger writes do not.
const HELD_MOST: usize = 32 * 1024;

/// TCP, or TLS over it.
type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A connection's stream.
#[derive(Debug)]
pub(super) struct Wire {
    stream: BufWriter<Stream>,
    peer: SocketAddr,
    spoke: Arc<AtomicBool>,
    more: Arc<AtomicBool>,
}

impl Wire {
    pub(super) fn tcp(stream: TcpStream, peer: SocketAddr) -> Self {
        Self::over(Either::Left(stream), peer)
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>, peer: SocketAddr) -> Self {
        Self::over(Either::Right(Box::new(stream)), peer)
    }

    fn over(stream: Stream, peer: SocketAddr) -> Self {
        let stream = BufWriter::with_capacity(HELD_MOST, stream);
        Self { stream, peer, spoke: Arc::default(), more: Arc::default() }
    }

    /// While it is true more follows at once, so that what is flushed may wait for it.
    pub(super) fn more(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.more)
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
        if self.more.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
