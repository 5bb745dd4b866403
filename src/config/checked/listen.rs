//! Where sources that tell by themselves reach us.

use std::net::SocketAddr;

use crate::config::Secret;

/// `[listen]`.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Address and port; port 0 takes any free one.
    pub bind: SocketAddr,
    /// What stands in front of `/in/…` for the world: `https://leads.example.com`, no slash at its end.
    pub public_url: Option<String>,
    /// A reverse proxy on this machine names the peer in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// What `/metrics` asks for.
    pub metrics_token: Option<Secret>,
    /// Most deliveries to one source in a minute.
    pub per_source: u32,
    /// Most requests of one peer in a minute.
    pub per_peer: u32,
}

impl Listen {
    /// Where a source's deliveries go, as its sender has to be told.
    pub fn address_of(&self, source: &str) -> String {
        let own = || format!("http://{}", self.bind);
        format!("{}/in/{source}", self.public_url.clone().unwrap_or_else(own))
    }

    /// Where the link of a handoff leads: only where the world's name of the listener is known.
    pub fn yes_at(&self, link: &str) -> Option<String> {
        Some(format!("{}/yes/{link}", self.public_url.as_ref()?))
    }

    /// Where a destination says that something happened there.
    pub fn look_at(&self, link: &str) -> String {
        let own = || format!("http://{}", self.bind);
        format!("{}/look/{link}", self.public_url.clone().unwrap_or_else(own))
    }

    /// Can only this machine reach it?
    pub fn is_local(&self) -> bool {
        self.bind.ip().is_loopback()
    }
}
