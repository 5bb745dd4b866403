//! Everything the listener answers, once: what a sender is told, and the word it is counted under. Nothing
//! says which part of a proof was wrong, or whether somebody is known already.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use url::Url;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// Stored, or known already.
    Stored,
    /// Stored; the person is sent on.
    Thanks(Box<Url>),
    /// It cannot be read.
    Malformed(String),
    /// It can be read, and nothing can be made of it; kept aside.
    Unusable(String),
    /// Not proven.
    Unproven,
    /// There is no such place.
    NotFound,
    /// Only POST.
    Method,
    /// Too slow.
    Slow,
    /// Too large.
    Large,
    /// Written in a way that is not taken.
    Kind(&'static str),
    /// Too often; again after so many seconds.
    TooMany(u64),
    /// Not now; again after so many seconds.
    Later(&'static str, u64),
}

impl Say {
    /// The status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Stored => StatusCode::OK,
            Self::Thanks(_) => StatusCode::SEE_OTHER,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unproven => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Large => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Kind(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Later(..) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word it is counted under.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Stored | Self::Thanks(_) => "stored",
            Self::Malformed(_) => "malformed",
            Self::Unusable(_) => "unusable",
            Self::Unproven => "unproven",
            Self::NotFound => "not_found",
            Self::Method => "method",
            Self::Slow => "slow",
            Self::Large => "too_large",
            Self::Kind(_) => "wrong_type",
            Self::TooMany(_) => "too_many",
            Self::Later(..) => "later",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Stored | Self::Thanks(_) => String::new(),
            Self::Malformed(why) => format!("what was sent cannot be read: {why}"),
            Self::Unusable(why) => format!("what was sent was kept aside: {why}"),
            Self::Unproven => "the sender could not be recognised".into(),
            Self::NotFound => "there is nothing here".into(),
            Self::Method => "send it by POST".into(),
            Self::Slow => "the request took too long to arrive".into(),
            Self::Large => format!("a request may have at most {} bytes", super::receive::BODY_MAX),
            Self::Kind(taken) => format!("send it as {taken}"),
            Self::TooMany(_) => "too many requests; send it again later".into(),
            Self::Later(why, _) => format!("{why}; send it again later"),
        }
    }

    /// As HTTP.
    pub fn response(self) -> Response {
        let body = match &self {
            Self::Stored | Self::Thanks(_) => json!({ "ok": true }),
            other => json!({ "ok": false, "error": other.words() }),
        };
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match &self {
            Self::Thanks(url) => {
                if let Ok(url) = HeaderValue::try_from(url.as_str()) {
                    headers.insert(header::LOCATION, url);
                }
            }
            Self::Method => drop(headers.insert(header::ALLOW, HeaderValue::from_static("POST"))),
            Self::TooMany(secs) | Self::Later(_, secs) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*secs));
            }
            _ => {}
        }
        response
    }
}
