//! The last page of a consent, in the person's browser. Fixed sentences only: nothing the far side sent is in it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// What the browser is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Signed in.
    Done,
    /// The person or the vendor said no.
    Refused,
    /// The answer belongs to another attempt.
    Foreign,
    /// The vendor did not take the code.
    Failed,
}

impl Ending {
    const fn words(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Done => (StatusCode::OK, "Signed in.", "leadgate may read this source now. You can close this page."),
            Self::Refused => (StatusCode::OK, "Not signed in.", "The consent was refused. The terminal says more."),
            Self::Foreign => (
                StatusCode::BAD_REQUEST,
                "Not signed in.",
                "This answer belongs to another attempt. Start again from the terminal.",
            ),
            Self::Failed => {
                (StatusCode::BAD_GATEWAY, "Not signed in.", "The vendor did not accept it. The terminal says why.")
            }
        }
    }
}

impl IntoResponse for Ending {
    fn into_response(self) -> Response {
        let (status, title, words) = self.words();
        let headers = [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'"),
        ];
        let headers: HeaderMap = headers
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .into_iter()
            .collect();
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>leadgate: {title}</title>\
             <h1>{title}</h1><p>{words}</p></html>"
        );
        (status, headers, Html(page)).into_response()
    }
}
