//! `[auth]` as written.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `[auth]` of a preset. Every value is a template over `vars`, secrets included.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthDoc {
    /// `none`, `basic`, `bearer`, `header`, `query`, `oauth2` or `jwt`.
    pub kind: String,
    /// `basic`: user.
    pub user: Option<String>,
    /// `basic`: password.
    pub password: Option<String>,
    /// `bearer`: token.
    pub token: Option<String>,
    /// `header`, `query`: its name. `oauth2`, `jwt`: the header, `Authorization` where absent.
    pub name: Option<String>,
    /// `header`, `query`: its value.
    pub value: Option<String>,
    /// `oauth2`, `jwt`: what stands before the token; `Bearer ` where absent.
    pub prefix: Option<String>,
    /// `oauth2`: where access is renewed.
    pub token_url: Option<String>,
    /// `oauth2`: our id there.
    pub client_id: Option<String>,
    /// `oauth2`: our secret there.
    pub client_secret: Option<String>,
    /// `oauth2`: what lets us ask for access; one kept by `source login` counts as well.
    pub refresh_token: Option<String>,
    /// `oauth2`: how id and secret are sent: in the `body` or as `basic`.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// `oauth2`: what access is asked for with.
    #[serde(default)]
    pub grant: GrantKind,
    /// `oauth2`: what is asked for.
    pub scope: Option<String>,
    /// `oauth2`: what else the form says in which access is asked for; empty ones are left out.
    #[serde(default)]
    pub token_form: BTreeMap<String, String>,
    /// `oauth2`, grant `login`: the JSON that begins a session.
    pub token_body: Option<toml::Value>,
    /// `oauth2`: JSONPath of the token in the answer; `$.access_token` where absent.
    pub token_at: Option<String>,
    /// `oauth2`: how access is sent.
    #[serde(default)]
    pub send_as: SendAs,
    /// `oauth2`: may the far side replace the refresh token? Then each is kept before it is used.
    #[serde(default = "yes")]
    pub rotates: bool,
    /// `oauth2`: where a person agrees, for `source login`.
    pub authorize_url: Option<String>,
    /// `oauth2`: what else is said there.
    #[serde(default)]
    pub authorize_query: BTreeMap<String, String>,
    /// `jwt`, and where `oauth2` signs: how it is signed.
    pub alg: Option<AlgDoc>,
    /// `jwt`: the key.
    pub key: Option<String>,
    /// `jwt`: how the key is written.
    #[serde(default)]
    pub key_encoding: KeyEncoding,
    /// `jwt`: members of the token's own header.
    #[serde(default)]
    pub token_headers: BTreeMap<String, String>,
    /// `jwt`: claims besides `iat` and `exp`.
    #[serde(default)]
    pub claims: BTreeMap<String, toml::Value>,
    /// `jwt`: how long one is good.
    pub ttl: Option<String>,
    /// Further headers of every request that must not be shown; empty ones are left out.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Further parameters that prove we hold a key.
    #[serde(default)]
    pub derive: Vec<DeriveDoc>,
}

const fn yes() -> bool {
    true
}

/// How a client says who it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// In the form.
    #[default]
    Body,
    /// As `Authorization: Basic`.
    Basic,
    /// By a token we sign (RFC 7523, 2.2).
    Assertion,
}

/// How access is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendAs {
    /// In a header, behind a prefix.
    #[default]
    Header,
    /// As the password of `Authorization: Basic`.
    Basic,
}

/// What access is asked for with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// A person's consent.
    #[default]
    RefreshToken,
    /// Our own id and secret.
    ClientCredentials,
    /// A token we sign (RFC 7523, 2.1).
    JwtBearer,
    /// A JSON document of the preset's, as interfaces of their own kind begin a session.
    Login,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)] // RFC 7518 names them
pub enum AlgDoc {
    HS256,
    HS384,
    HS512,
    RS256,
    ES256,
}

/// How a key is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyEncoding {
    /// Its bytes are the key.
    #[default]
    Text,
    /// Hexadecimal.
    Hex,
    /// Base 64.
    Base64,
    /// A PEM block, for RS256 and ES256 (PKCS #8).
    Pem,
}

/// `[[auth.derive]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeriveDoc {
    /// Name of the query parameter.
    pub query: Option<String>,
    /// Or of the header.
    pub header: Option<String>,
    /// The digest.
    pub hmac: Digest,
    /// The key; where it is empty nothing is sent.
    pub key: String,
    /// What is signed.
    pub text: String,
    /// How the result is written.
    #[serde(rename = "as", default)]
    pub written: Written,
}

/// A digest of an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// Lower-case hexadecimal.
    #[default]
    Hex,
    /// Base 64.
    Base64,
}
