//! How often somebody may come. Peers are told apart by address (an IPv6 one by its network, which is what
//! one customer gets); what is remembered of them is bounded.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Peers remembered; those that have been quiet are forgotten first.
const PEERS_MAX: usize = 20_000;
/// Bits of an IPv6 address that name a network.
const NETWORK_BITS: u32 = 64;

/// The limits of one listener.
pub struct Limits {
    peers: DefaultKeyedRateLimiter<IpAddr>,
    sources: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Limits {
    /// So many a minute, all of them at once if need be.
    pub fn new(per_peer: u32, per_source: u32) -> Self {
        let quota = |most: u32| Quota::per_minute(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN));
        Self {
            peers: RateLimiter::keyed(quota(per_peer)),
            sources: RateLimiter::keyed(quota(per_source)),
            clock: DefaultClock::default(),
        }
    }

    /// Seconds a peer has to wait; `None`: come in.
    pub fn peer(&self, peer: IpAddr) -> Option<u64> {
        if self.peers.len() >= PEERS_MAX {
            self.peers.retain_recent();
            self.peers.shrink_to_fit();
        }
        self.wait(&self.peers, &network(peer))
    }

    /// Seconds a source of the config has to wait; `None`: come in.
    pub fn source(&self, id: &str) -> Option<u64> {
        self.wait(&self.sources, &id.to_owned())
    }

    fn wait<K: std::hash::Hash + Eq + Clone>(&self, limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Option<u64> {
        let refused = limiter.check_key(key).err()?;
        Some(refused.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}

fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let mask = u128::MAX << (u128::BITS - NETWORK_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_comes_too_often_waits_and_others_do_not() {
        let limits = Limits::new(2, 1);
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let neighbour: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        assert_eq!((limits.peer(one), limits.peer(neighbour)), (None, None));
        assert!(limits.peer(one).is_some_and(|secs| (1..=31).contains(&secs)));
        assert_eq!(limits.peer("192.0.2.1".parse().unwrap()), None);
        assert_eq!((limits.source("web"), limits.source("shop")), (None, None));
        assert!(limits.source("web").is_some());
    }
}
