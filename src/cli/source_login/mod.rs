//! `leadgate source login NAME`: a person's first consent, given in their browser. Authorisation code with PKCE and
//! state over a loopback redirect (RFC 8252, RFC 7636); what lasts of it is kept in the token store, never shown.

mod come_back;
mod page;

use std::io::Write;
use std::time::Duration;

use url::Url;

use super::args::Args;
use super::source_args::LoginAsk;
use super::source_try::failed;
use super::{CliError, check, session};
use crate::config::{Secret, checked};
use crate::net::http::Http;
use crate::preset::auth::Consent;
use crate::preset::fault::did_you_mean;
use crate::preset::{Direction, Library, SourcePreset, Values};
use come_back::{ComeBack, Expected};

/// By custom the status of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// How the browser's answer comes back.
#[derive(Debug, Clone)]
pub struct How {
    /// Redirect address registered with the vendor, where it is a certain one.
    pub redirect: Option<Url>,
    /// Port to listen on; any free one where absent.
    pub port: Option<u16>,
    /// Ask for the address the browser ended at instead of listening.
    pub paste: bool,
    /// Open the browser here.
    pub open: bool,
    /// How long the consent may take.
    pub wait: Duration,
}

/// How long a consent may take.
pub const WAIT: Duration = Duration::from_mins(10);

impl How {
    /// By a registered redirect address: listened for where that can be, else pasted.
    pub fn to(redirect: Url) -> Self {
        let paste = !come_back::is_here(&redirect);
        Self { redirect: Some(redirect), port: None, paste, open: false, wait: WAIT }
    }

    /// As the flags say.
    ///
    /// # Errors
    /// A redirect address that cannot be listened on, or a time that is none.
    pub fn of(ask: &LoginAsk) -> Result<Self, CliError> {
        let wait = crate::config::duration(&ask.wait);
        let wait = wait.and_then(|wait| Duration::try_from(wait).map_err(|_| "is no time to wait".to_owned()));
        let wait = wait.map_err(|why| CliError::Failed(format!("--wait {:?} {why}", ask.wait)))?;
        Ok(Self { redirect: ask.redirect.clone(), port: ask.port, paste: ask.paste, open: ask.open, wait })
    }
}

/// Signs in. The exit status: 0 signed in, 1 not, 130 ended by Ctrl-C.
pub async fn run(args: &Args, ask: &LoginAsk, out: &mut dyn Write) -> Result<u8, CliError> {
    let how = How::of(ask)?;
    let loaded = session::load(args)?;
    let Some(source) = loaded.config.sources.get(&ask.name) else {
        let near = did_you_mean(&ask.name, loaded.config.sources.keys().map(String::as_str));
        return Err(CliError::Failed(format!("there is no source {:?} in the configuration{near}", ask.name)));
    };
    let library = check::library(&loaded).map_err(|failure| failed(&failure))?;
    let http = session::http(&loaded)?;
    let consent = tokio::task::block_in_place(|| consent(source, &library, &Secret::resolve))?;
    let Some(consent) = consent else {
        return Err(CliError::Failed(format!(
            "source {} needs no sign-in: the preset {} authorises by what the configuration gives",
            source.id, source.preset
        )));
    };
    tokio::select! {
        biased;
        stopped = tokio::signal::ctrl_c() => {
            stopped?;
            writeln!(std::io::stderr().lock(), "\nStopped; nothing was kept.")?;
            return Ok(INTERRUPTED);
        }
        done = sign_in(&consent, &http, &how) => done?,
    }
    if args.json {
        super::json(out, &serde_json::json!({ "ok": true, "source": source.id }))?;
    } else {
        writeln!(out, "Signed in. Next: `leadgate source try {}`.", source.id)?;
    }
    Ok(0)
}

/// The consent a source needs; `None` where it needs none.
///
/// # Errors
/// Its preset or variables do not hold, or a secret cannot be read.
pub fn consent(
    source: &checked::Source,
    library: &Library,
    resolve: &dyn Fn(&Secret) -> Result<secrecy::SecretString, String>,
) -> Result<Option<Consent>, CliError> {
    let told = |why: String| CliError::Failed(format!("source.{}: {why}", source.id));
    let preset: SourcePreset = library.get(&source.preset).map_err(|error| told(error.to_string()))?;
    let values = Values::check(&preset.vars, &source.vars, resolve)
        .map_err(|faults| told(faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; ")))?;
    let values = values.owned_by(&source.id);
    Consent::compile(&preset.auth, &values)
        .map_err(|fault| told(library.place(Direction::Source, &source.preset, fault).to_string()))
}

/// Sends a person to the consent, waits for the answer, and turns it into a sign-in that `http` keeps.
///
/// # Errors
/// Refused, out of time, an answer to another question, or a code that is not taken.
pub async fn sign_in(consent: &Consent, http: &Http, how: &How) -> Result<(), CliError> {
    let random =
        || Consent::random().map_err(|why| CliError::Failed(format!("this machine gives no randomness: {why}")));
    let (state, verifier) = (random()?, random()?);
    let back = if how.paste { ComeBack::by_hand(how)? } else { ComeBack::listening(how).await? };
    let to = back.address().clone();
    let address = consent.url(to.as_str(), &state, &verifier);
    tell(&address, &to, how)?;
    let expected = Expected { to: to.clone(), state };
    let answer = tokio::time::timeout(how.wait, back.answer(&expected)).await;
    let late =
        || CliError::Failed(format!("nobody agreed within {} s; nothing was kept. Run it again", how.wait.as_secs()));
    let (code, browser) = answer.map_err(|_| late())??;
    let redeemed = consent.redeem(http, &code, to.as_str(), &verifier).await;
    if let Some(browser) = browser {
        browser.tell(redeemed.is_ok()).await;
    }
    redeemed.map_err(|failure| failed(&failure))
}

/// Says where to go, and goes there where that is wanted.
fn tell(address: &Url, to: &Url, how: &How) -> Result<(), CliError> {
    let mut err = std::io::stderr().lock();
    writeln!(err, "Open this address in a browser and agree there:\n\n  {address}\n")?;
    writeln!(err, "(The vendor must know this redirect address: {to})")?;
    if how.open {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let mut command = std::process::Command::new(opener);
        let quiet = std::process::Stdio::null;
        if let Err(error) = command.arg(address.as_str()).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn() {
            writeln!(err, "The browser could not be opened here ({opener}: {error}); open the address yourself.")?;
        }
    }
    Ok(())
}
