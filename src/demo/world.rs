//! The demo's servers together: started on free loopback ports with fresh secrets, ended together.

use std::io;
use std::net::SocketAddr;

use super::campaign::Campaign;
use super::desk_server::TicketDesk;
use super::mail_catcher::{Caught, MailCatcher};
use super::newsletter::Newsletter;
use super::serving::Running;
use crate::clock::SharedClock;

/// User of the newsletter's API.
pub const NEWSLETTER_USER: &str = "leadgate";

/// Why the demo's world could not be started.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// No port on loopback.
    #[error("the demo's {server} could not be started on 127.0.0.1")]
    Listen {
        /// Which one.
        server: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No random numbers for the secrets.
    #[error("the system gave no random numbers for the demo's passwords: {0}")]
    Random(getrandom::Error),
}

/// Where the servers listen; all on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The campaign's API.
    pub campaign: SocketAddr,
    /// The newsletter's API.
    pub newsletter: SocketAddr,
    /// The ticket desk.
    pub desk: SocketAddr,
    /// The mail catcher (SMTP without TLS).
    pub mail: SocketAddr,
}

/// What opens them; made afresh for each world.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// Bearer token of the campaign.
    pub campaign: String,
    /// Password of [`NEWSLETTER_USER`].
    pub newsletter: String,
    /// Token of the ticket desk.
    pub desk: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Secrets {
    fn fresh() -> Result<Self, getrandom::Error> {
        let one = || Ok(format!("{:016x}{:016x}", getrandom::u64()?, getrandom::u64()?));
        Ok(Self { campaign: one()?, newsletter: one()?, desk: one()? })
    }
}

/// The running servers.
pub struct World {
    /// Where they listen.
    pub addresses: Addresses,
    /// What opens them.
    pub secrets: Secrets,
    mail: MailCatcher,
    running: Vec<Running>,
}

impl World {
    /// Starts every server; what happens depends on `seed` and on the time `clock` shows from now on. The
    /// ticket desk's agents leave tickets alone that name `spared`, the person who sits at the console.
    ///
    /// # Errors
    /// A server could not listen on loopback, or there are no random numbers.
    pub async fn start(seed: u64, spared: Option<&str>, clock: SharedClock) -> Result<Self, WorldError> {
        let secrets = Secrets::fresh().map_err(WorldError::Random)?;
        let named = |server| move |source| WorldError::Listen { server, source };
        let campaign = Campaign::new(seed, &secrets.campaign, clock.clone());
        let newsletter = Newsletter::new(seed, NEWSLETTER_USER, &secrets.newsletter, clock.clone());
        let desk = TicketDesk::new(seed, &secrets.desk, spared.map(str::to_owned), clock.clone());
        let mail = MailCatcher::new(clock);
        let serving = mail.clone();
        let running = vec![
            Running::http(campaign.router()).await.map_err(named("campaign"))?,
            Running::http(newsletter.router()).await.map_err(named("newsletter"))?,
            Running::http(desk.router()).await.map_err(named("ticket desk"))?,
            Running::start(|listener, stopped| serving.serve(listener, stopped))
                .await
                .map_err(named("mail catcher"))?,
        ];
        let addresses = Addresses {
            campaign: running[0].address,
            newsletter: running[1].address,
            desk: running[2].address,
            mail: running[3].address,
        };
        Ok(Self { addresses, secrets, mail, running })
    }

    /// The mails caught so far, oldest first.
    pub fn mails(&self) -> Vec<Caught> {
        self.mail.mails()
    }

    /// Ends every server and waits until they have.
    pub async fn stop(self) {
        futures::future::join_all(self.running.into_iter().map(Running::stop)).await;
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // a bare client, to look at the servers from outside
pub(super) mod tests {
    use super::*;
    use crate::clock::StubClock;

    /// A bare HTTP client for the tests of the demo's servers.
    pub(in crate::demo) fn client() -> reqwest::Client {
        // An error means that another test was first, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        reqwest::Client::new()
    }

    #[tokio::test]
    async fn a_world_starts_on_loopback_and_leaves_no_port_behind() {
        let clock = StubClock::at("2026-11-23T08:00:00Z".parse().unwrap());
        let world = World::start(1, None, clock).await.unwrap();
        let addresses = world.addresses;
        let all = [addresses.campaign, addresses.newsletter, addresses.desk, addresses.mail];
        assert!(all.iter().all(|address| address.ip().is_loopback()));
        let url = format!("http://{}/leads", addresses.campaign);
        let answer = client().get(url).bearer_auth(&world.secrets.campaign).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(format!("{:?}", world.secrets), "***");
        assert!(world.mails().is_empty());
        world.stop().await;
        for address in all {
            assert!(tokio::net::TcpStream::connect(address).await.is_err(), "{address} still listens");
        }
    }
}
