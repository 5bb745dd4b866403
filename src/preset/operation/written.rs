//! An operation as presets write it, and the small forms its values may have.

use std::fmt;

use serde::Deserialize;
use serde::de::Deserializer;

/// A text, number or boolean, where a preset may write either; compared as text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true`
    Boolean(bool),
    /// `7`
    Integer(i64),
    /// `"seven"`
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(flag) => write!(f, "{flag}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Reads `"a"` as `["a"]`.
///
/// # Errors
/// What serde says.
pub fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<T> {
        Many(Vec<T>),
        One(T),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Many(many) => many,
        Either::One(one) => vec![one],
    })
}

/// Declares an operation as written, alone or with keys of its own beside: every key is known to the reader,
/// so that a wrong one is told with the nearest right one.
macro_rules! operation_doc {
    ($(#[$about:meta])* $name:ident { $($(#[$on:meta])* $key:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// `GET`, or `POST` where there is a body.
            pub method: Option<String>,
            /// Added to the base address; what `{{ … }}` gives is percent-encoded.
            #[serde(default)]
            pub path: String,
            /// Query: a text, a list (repeated), or `{ raw = … }` (already encoded). Empty ones are left out.
            #[serde(default)]
            pub query: std::collections::BTreeMap<String, $crate::preset::operation::QueryDoc>,
            /// Names of the query that are left out on later pages.
            #[serde(default)]
            pub first_page_only: Vec<String>,
            /// Headers; empty ones are left out.
            #[serde(default)]
            pub headers: std::collections::BTreeMap<String, String>,
            /// JSON body.
            pub body: Option<toml::Value>,
            /// Form body instead.
            #[serde(default)]
            pub form: std::collections::BTreeMap<String, String>,
            /// A mail as the body instead.
            pub mail: Option<$crate::preset::operation::MailDoc>,
            /// Good statuses; `["2xx"]` where absent.
            #[serde(default)]
            pub ok: Vec<$crate::preset::answer::StatusDoc>,
            /// All must hold for the answer to be good.
            #[serde(default, deserialize_with = "crate::preset::operation::one_or_many")]
            pub ok_if: Vec<$crate::preset::condition::ConditionDoc>,
            /// None may hold.
            #[serde(default, deserialize_with = "crate::preset::operation::one_or_many")]
            pub fail_if: Vec<$crate::preset::condition::ConditionDoc>,
            /// What to read from the answer, by name.
            #[serde(default)]
            pub get: std::collections::BTreeMap<String, $crate::preset::path::PathDoc>,
            /// Where the answer is a list: its rows. `same` and `get` are then read in each row.
            pub rows: Option<String>,
            /// Which rows are really ours.
            pub same: Option<$crate::preset::condition::ConditionDoc>,
            /// How long after a write an absence proves nothing: `60s`.
            pub lag: Option<String>,
            /// Skip when a result of this name is known already.
            pub unless: Option<String>,
            /// Skip when no result of this name is known.
            pub needs: Option<String>,
            /// How well a poll's `first_response_at` is known.
            pub quality: Option<$crate::lead::Quality>,
            $($(#[$on])* pub $key: $type,)*
        }
    };
    ($(#[$about:meta])* $name:ident of $whole:ident { $($rest:tt)* }) => {
        operation_doc! { $(#[$about])* $name { $($rest)* } }

        impl $name {
            /// What of it is the operation.
            pub fn operation(&self) -> $whole {
                $whole {
                    method: self.method.clone(),
                    path: self.path.clone(),
                    query: self.query.clone(),
                    first_page_only: self.first_page_only.clone(),
                    headers: self.headers.clone(),
                    body: self.body.clone(),
                    form: self.form.clone(),
                    mail: self.mail.clone(),
                    ok: self.ok.clone(),
                    ok_if: self.ok_if.clone(),
                    fail_if: self.fail_if.clone(),
                    get: self.get.clone(),
                    rows: self.rows.clone(),
                    same: self.same.clone(),
                    lag: self.lag.clone(),
                    unless: self.unless.clone(),
                    needs: self.needs.clone(),
                    quality: self.quality,
                }
            }
        }
    };
}
pub(crate) use operation_doc;

operation_doc! {
    /// An operation as written.
    OperationDoc {}
}

/// A value of a query.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum QueryDoc {
    /// One, or several by a lone expression that gives a list.
    One(Scalar),
    /// Repeated.
    Many(Vec<Scalar>),
    /// Already encoded: sent as it is.
    Raw {
        /// The template.
        raw: String,
    },
}
