//! From a host name to a stream that mail may be spoken on: each address is tried in turn, and none beyond this
//! machine without TLS.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Smtp;
use super::outcome::{lost, not_local};
use super::reply::{Step, Trouble};
use super::trust::Trust;
use super::wire::Wire;
use crate::config::checked::Tls;

impl Smtp {
    /// Connects, and protects the connection where that comes before the first word.
    pub(super) async fn dial(&self) -> Result<Wire, Trouble> {
        let addresses =
            timeout(self.limits.connect, tokio::net::lookup_host((self.server.host.as_str(), self.server.port)))
                .await
                .map_err(|_| lost(Step::Connect, "looking up the host name took too long"))?
                .map_err(|error| lost(Step::Connect, &format!("{} cannot be found: {error}", self.server.host)))?;
        let mut last = format!("{} has no address", self.server.host);
        for address in addresses {
            if self.server.tls == Tls::Plain && !address.ip().is_loopback() {
                return Err(not_local(&self.server.host));
            }
            match timeout(self.limits.connect, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return self.protect(stream, address).await,
                Ok(Err(error)) => last = format!("{address}: {error}"),
                Err(_) => last = format!("{address}: no answer within {} s", self.limits.connect.as_secs()),
            }
        }
        Err(lost(Step::Connect, &last))
    }

    async fn protect(&self, stream: TcpStream, address: SocketAddr) -> Result<Wire, Trouble> {
        stream.set_nodelay(true).map_err(|error| lost(Step::Connect, &error.to_string()))?;
        let Trust::Implicit(connector, name) = &self.trust else { return Ok(Wire::tcp(stream, address)) };
        match timeout(self.limits.connect, connector.connect(name.clone(), stream)).await {
            Ok(Ok(stream)) => Ok(Wire::tls(stream, address)),
            Ok(Err(error)) => Err(lost(Step::Tls, &error.to_string())),
            Err(_) => Err(lost(Step::Tls, "no answer in time")),
        }
    }
}
