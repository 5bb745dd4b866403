//! How the browser comes back with its answer: to a listener on this machine's loopback, or by the hand of a person
//! who copies the address it ended at.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use url::Url;

use super::How;
use super::page::Ending;
use crate::cli::CliError;
use crate::cli::talk::Talk;
use crate::text::clean_line;

/// Where the browser comes back to, where no other address is registered.
const PATH: &str = "/callback";
/// The browser gets its last page within this time, or not at all.
const LAST_PAGE: Duration = Duration::from_secs(5);
/// Longest word of a vendor that is repeated.
const WORDS_MAX: usize = 300;

/// What the answer must belong to.
pub struct Expected {
    /// The redirect address.
    pub to: Url,
    /// The state this attempt was begun with.
    pub state: String,
}

/// Can such a redirect address be listened for on this machine?
pub fn is_here(to: &Url) -> bool {
    to.scheme() == "http" && matches!(to.host_str(), Some("127.0.0.1" | "localhost"))
}

/// The way back.
pub enum ComeBack {
    /// A listener.
    Listening { listener: TcpListener, to: Url },
    /// Somebody pastes the address.
    ByHand { to: Url },
}

/// A browser that waits for its last page.
pub struct Browser {
    ending: oneshot::Sender<Ending>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    stop: oneshot::Sender<()>,
}

/// What came back.
type Answer = HashMap<String, String>;
type Arrived = (Answer, oneshot::Sender<Ending>);

impl Browser {
    /// Shows the last page and lets the browser go.
    pub async fn tell(self, signed_in: bool) {
        self.end(if signed_in { Ending::Done } else { Ending::Failed }).await;
    }

    async fn end(self, ending: Ending) {
        // A browser that has gone sees no page; the terminal says the same.
        if self.ending.send(ending).is_err() || self.stop.send(()).is_err() {
            tracing::debug!("the browser went away before its last page");
        }
        if tokio::time::timeout(LAST_PAGE, self.served).await.is_err() {
            tracing::debug!("the browser did not let go");
        }
    }
}

impl ComeBack {
    /// Listens on 127.0.0.1: on the port of the registered address, the one asked for, or any free one.
    ///
    /// # Errors
    /// The registered address is not on this machine, or the port is taken.
    pub async fn listening(how: &How) -> Result<Self, CliError> {
        if let Some(to) = how.redirect.as_ref().filter(|to| !is_here(to)) {
            return Err(CliError::Failed(format!(
                "nothing can be listened for at {to}: with such a redirect address add --paste"
            )));
        }
        let port = how.redirect.as_ref().map_or(how.port.unwrap_or(0), |to| to.port_or_known_default().unwrap_or(80));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            CliError::Failed(format!(
                "cannot listen on 127.0.0.1:{port}: {error}. Another --port, or --paste, may help"
            ))
        })?;
        let to = match &how.redirect {
            Some(to) => to.clone(),
            None => local_address(listener.local_addr()?.port())?,
        };
        Ok(Self::Listening { listener, to })
    }

    /// Asks a person for the address the browser ended at.
    ///
    /// # Errors
    /// Never but for an address that cannot be made.
    pub fn by_hand(how: &How) -> Result<Self, CliError> {
        let to = how.redirect.clone().map_or_else(|| local_address(how.port.unwrap_or(PASTE_PORT)), Ok)?;
        Ok(Self::ByHand { to })
    }

    /// The redirect address.
    pub const fn address(&self) -> &Url {
        match self {
            Self::Listening { to, .. } | Self::ByHand { to } => to,
        }
    }

    /// Waits for the answer: the code, and the browser that waits for its last page.
    ///
    /// # Errors
    /// Refused, another attempt's, or no answer can come.
    pub async fn answer(self, expected: &Expected) -> Result<(String, Option<Browser>), CliError> {
        match self {
            Self::ByHand { .. } => Ok((code(&pasted(expected).await?, expected).map_err(told)?, None)),
            Self::Listening { listener, to } => {
                let (answer, browser) = listened(listener, to.path()).await?;
                match code(&answer, expected) {
                    Ok(code) => Ok((code, Some(browser))),
                    Err((ending, why)) => {
                        browser.end(ending).await;
                        Err(CliError::Failed(why))
                    }
                }
            }
        }
    }
}

/// Port of the redirect address where nothing listens: the browser shows an error, and the address to copy.
const PASTE_PORT: u16 = 8765;

fn local_address(port: u16) -> Result<Url, CliError> {
    Url::parse(&format!("http://127.0.0.1:{port}{PATH}")).map_err(|error| CliError::Failed(error.to_string()))
}

fn told((_, why): (Ending, String)) -> CliError {
    CliError::Failed(why)
}

/// The code of an answer that belongs to this attempt.
fn code(answer: &Answer, expected: &Expected) -> Result<String, (Ending, String)> {
    if answer.get("state") != Some(&expected.state) {
        let why = "an answer came that belongs to another attempt (its state is not ours); nothing was kept. \
                   Close older tabs and run it again";
        return Err((Ending::Foreign, why.to_owned()));
    }
    if let Some(error) = answer.get("error") {
        let more = answer.get("error_description").map(|words| format!(": {}", clean_line(words, WORDS_MAX)));
        let error = clean_line(error, WORDS_MAX);
        let why = format!("the consent was refused ({error}{}); nothing was kept", more.unwrap_or_default());
        return Err((Ending::Refused, why));
    }
    match answer.get("code").filter(|code| !code.is_empty()) {
        Some(code) => Ok(code.clone()),
        None => Err((Ending::Failed, "the browser came back without a code; nothing was kept".to_owned())),
    }
}

/// Waits at a terminal, or for one line of standard input, for the address the browser ended at.
async fn pasted(expected: &Expected) -> Result<Answer, CliError> {
    let to = &expected.to;
    let mut talk = Talk::any();
    talk.say(&format!(
        "After you agreed, the browser goes to an address that begins with {to}; it may well show an error there."
    ))?;
    loop {
        let line = talk.line("Paste that whole address here:").await?;
        let same = |url: &Url| (url.scheme(), url.host_str(), url.path()) == (to.scheme(), to.host_str(), to.path());
        match Url::parse(&line) {
            Ok(url) if same(&url) => return Ok(url.query_pairs().into_owned().collect()),
            _ => talk.say(&format!("  ✗ it must be the whole address, beginning with {to}?"))?,
        }
    }
}

/// Serves until one answer has come.
async fn listened(listener: TcpListener, path: &str) -> Result<(Answer, Browser), CliError> {
    let (send, mut arrived) = mpsc::channel::<Arrived>(1);
    let app = Router::new().route(path, get(arrive)).with_state(send);
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(
        axum::serve(listener, app)
            .with_graceful_shutdown(async move {
                // Told to stop, or nobody is left to tell.
                drop(stopped.await);
            })
            .into_future(),
    );
    let (answer, ending) =
        arrived.recv().await.ok_or_else(|| CliError::Failed("the loopback listener ended early".into()))?;
    Ok((answer, Browser { ending, served, stop }))
}

/// The browser comes back; its last page is shown once the outcome is known. Only the first answer counts.
async fn arrive(State(send): State<mpsc::Sender<Arrived>>, Query(answer): Query<Answer>) -> Response {
    let (ending, ended) = oneshot::channel();
    if !answer.contains_key("state") && !answer.contains_key("code") && !answer.contains_key("error") {
        return Ending::Foreign.into_response();
    }
    if send.try_send((answer, ending)).is_err() {
        return Ending::Foreign.into_response();
    }
    ended.await.unwrap_or(Ending::Foreign).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(pairs: &[(&str, &str)]) -> Answer {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_our_own_answer_counts() {
        let expected = Expected { to: local_address(1).unwrap(), state: "ours".into() };
        assert_eq!(code(&answer(&[("state", "ours"), ("code", "c")]), &expected).unwrap(), "c");
        for foreign in
            [&[("code", "c")][..], &[("state", "theirs"), ("code", "c")], &[("state", "theirs"), ("error", "x")]]
        {
            assert_eq!(code(&answer(foreign), &expected).unwrap_err().0, Ending::Foreign);
        }
        let refused = [("state", "ours"), ("error", "access_denied"), ("error_description", "she\u{1b}said no")];
        let (ending, why) = code(&answer(&refused), &expected).unwrap_err();
        assert_eq!(ending, Ending::Refused);
        assert!(why.contains("access_denied: shesaid no"), "{why}");
        assert_eq!(code(&answer(&[("state", "ours")]), &expected).unwrap_err().0, Ending::Failed);
    }
}
