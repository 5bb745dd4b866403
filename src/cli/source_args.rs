//! The calls of `leadgate source …` that set sources up and look at them.

use clap::Args as ClapArgs;

/// Which source to look at, and how closely.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Nothing is stored and no cursor moves. Personal data (names, addresses, what people wrote) is \
    shown when standard output is a terminal; anywhere else only its form is (xxx@xxxxxxx.xxx), unless --show is \
    given. Secrets are never shown."
)]
pub struct TryAsk {
    /// Source id
    pub name: String,
    /// Also print the records as received
    #[arg(long)]
    pub raw: bool,
    /// How many records of the first page to show in full
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub records: usize,
    /// Show personal data although standard output is no terminal
    #[arg(long)]
    pub show: bool,
}

/// Whose consent, and how it comes back.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Prints an address to open in any browser; after somebody with the right to it has agreed, the \
    browser comes back to this machine (127.0.0.1) and the sign-in is kept in the data folder, readable by you only. \
    On a machine without a browser: forward the port (ssh -L 8765:127.0.0.1:8765 host) and give --port 8765, or give \
    --paste and copy the address the browser ends at."
)]
pub struct LoginAsk {
    /// Source id
    pub name: String,
    /// Port to listen on (any free one when absent); many vendors want it registered
    #[arg(long, conflicts_with = "redirect")]
    pub port: Option<u16>,
    /// Redirect address as it is registered with the vendor, e.g. http://localhost:8765/callback
    #[arg(long, value_name = "URL")]
    pub redirect: Option<url::Url>,
    /// Do not listen: ask for the address the browser ends at
    #[arg(long)]
    pub paste: bool,
    /// Open the address in this machine's browser
    #[arg(long)]
    pub open: bool,
    /// How long the consent may take
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub wait: String,
}

/// What to add, as far as it is known; the rest is asked for.
#[derive(Debug, ClapArgs)]
#[command(after_help = "--set NAME=VALUE gives a variable of the preset; a secret is given by where it is: \
    --set api_key=env:NAME, file:PATH or command:LINE, or typed when asked for (then it is kept in a file of its own, \
    readable by you only, never in the configuration). With a dot in its name, --set changes the configuration as \
    everywhere else. The source goes into a new file conf.d/NAME.toml beside the configuration; nothing that is \
    there is changed, and Ctrl-C before the end leaves nothing behind.\n\nWithout questions:\n  leadgate source add \
    mailchimp --set dc=us19 --set list_id=a1b2c3 --set api_key=env:MAILCHIMP_KEY \\\n    --channel network --goal \
    \"10 actionable a month\" --service roof --yes")]
pub struct AddAsk {
    /// Preset, or a part of its name (see `leadgate source presets`)
    pub preset: Option<String>,
    /// Id of the new source (the preset's when absent)
    #[arg(long, value_name = "ID")]
    pub name: Option<String>,
    /// Kind of channel: paid advertising, your own network and newsletter, or referrals
    #[arg(long, value_parser = ["campaign", "network", "referral"])]
    pub channel: Option<String>,
    /// What it is for, in words, e.g. "40 actionable a month"
    #[arg(long)]
    pub goal: Option<String>,
    /// What its people may want: a service id (repeatable)
    #[arg(long = "service", value_name = "ID")]
    pub services: Vec<String>,
    /// For figures instead of people: the source whose campaigns cost what this one reads
    #[arg(long, value_name = "ID")]
    pub pays_for: Option<String>,
    /// How often it is read
    #[arg(long, value_name = "TIME", default_value = "5m")]
    pub every: String,
    /// A field read elsewhere than the preset says, e.g. --map phone=$.mobile (repeatable)
    #[arg(long, value_name = "FIELD=PATH")]
    pub map: Vec<String>,
    /// Do not ask the source for a first page
    #[arg(long)]
    pub no_sample: bool,
    /// Ask nothing: everything is given
    #[arg(long)]
    pub yes: bool,
}
