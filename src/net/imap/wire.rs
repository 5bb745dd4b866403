//! The stream under an IMAP connection: TCP, then TLS where asked, and a count of the bytes one answer may
//! still hold. A server announces how long a mail is and the reader believes it; this does not.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

/// What is said of an answer beyond its bound.
pub(super) const TOO_LONG: &str = "an answer is longer than allowed";
/// About as much comes in one read.
const READ: u64 = 64 * 1024;

/// How many bytes may still come.
#[derive(Debug, Clone, Default)]
pub(super) struct Budget(Arc<AtomicU64>);

impl Budget {
    /// So many from here on.
    pub(super) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    /// Is there room for a literal of which some may have come already?
    fn bears(&self, bytes: u64) -> io::Result<()> {
        if bytes > self.0.load(Ordering::Relaxed).saturating_add(READ) {
            return Err(io::Error::other(TOO_LONG));
        }
        Ok(())
    }

    fn spend(&self, bytes: u64) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed).checked_sub(bytes);
        let left = left.ok_or_else(|| io::Error::other(TOO_LONG))?;
        self.0.store(left, Ordering::Relaxed);
        Ok(())
    }
}

/// Follows an answer from line to line and over the literals (`{COUNT}` at the end of a line, then so many
/// bytes), because the reader makes room for a literal as soon as it is announced.
#[derive(Debug, Default)]
struct Literals {
    skip: u64,
    /// The end of the present line.
    tail: Vec<u8>,
}

/// Longest announcement of a literal.
const TAIL: usize = 32;

impl Literals {
    /// The longest literal announced in these bytes.
    fn announced(&mut self, mut bytes: &[u8]) -> u64 {
        let mut longest = 0;
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
            self.skip -= skipped as u64;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let line = bytes.get(..end).unwrap_or_default();
            self.tail.extend_from_slice(line.get(line.len().saturating_sub(TAIL)..).unwrap_or_default());
            bytes = bytes.get(end..).unwrap_or_default();
            if line.last() == Some(&b'\n') {
                self.skip = literal(&self.tail);
                longest = longest.max(self.skip);
                self.tail.clear();
            } else {
                self.tail.drain(..self.tail.len().saturating_sub(TAIL));
            }
        }
        longest
    }
}

/// The length at the end of a line that announces one.
fn literal(line: &[u8]) -> u64 {
    let Some(text) = std::str::from_utf8(line.trim_ascii_end().rsplit(|byte| *byte == b'{').next().unwrap_or_default())
        .ok()
        .filter(|_| line.contains(&b'{'))
    else {
        return 0;
    };
    let digits = text.strip_suffix('}').unwrap_or_default().trim_end_matches('+');
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    digits.parse().unwrap_or(u64::MAX)
}

/// TCP, or TLS over it.
type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A connection's stream.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    budget: Budget,
    literals: Literals,
}

impl Wire {
    pub(super) fn tcp(stream: TcpStream, budget: Budget) -> Self {
        Self { stream: Either::Left(stream), budget, literals: Literals::default() }
    }

    /// The same under TLS.
    pub(super) async fn protect(self, tls: &TlsConnector, name: ServerName<'static>) -> io::Result<Self> {
        match self.stream {
            Either::Left(stream) => {
                let stream = Either::Right(Box::new(tls.connect(name, stream).await?));
                Ok(Self { stream, budget: self.budget, literals: Literals::default() })
            }
            Either::Right(_) => Ok(self),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let Poll::Ready(Ok(())) = read else { return read };
        let fresh = buf.filled().get(before..).unwrap_or_default();
        let announced = self.literals.announced(fresh);
        Poll::Ready(self.budget.spend(fresh.len() as u64).and_then(|()| self.budget.bears(announced)))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_seen_wherever_an_answer_is_cut_and_not_within_others() {
        let answer = b"* 1 FETCH (UID 7 BODY[] {22}\r\nHello {999999999999}\r\n)\r\n* 2 FETCH (BODY[] {5+}\r\nabcde)\r\nx {y}\r\n";
        for cut in 1..answer.len() {
            let mut literals = Literals::default();
            let found = answer.chunks(cut).map(|piece| literals.announced(piece)).max();
            assert_eq!((found, literals.skip), (Some(22), 0), "{cut}");
        }
        assert_eq!(Literals::default().announced(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n"), u64::MAX);
    }
}
