//! A form as it is posted: fields in their order, by either of the two ways browsers write them. Files are
//! passed over, their names kept.

use std::convert::Infallible;

use axum::body::Bytes;
use multer::Multipart;

/// Most fields of a form.
const FIELDS_MAX: usize = 200;
/// Longest name of a field, in bytes.
const NAME_MAX: usize = 256;

/// `application/x-www-form-urlencoded`.
///
/// # Errors
/// More than anybody's form has, for people.
pub fn urlencoded(body: &[u8]) -> Result<Vec<(String, String)>, String> {
    let fields: Vec<_> = url::form_urlencoded::parse(body).into_owned().take(FIELDS_MAX + 1).collect();
    bounded(fields)
}

/// `multipart/form-data`.
///
/// # Errors
/// It is cut off, malformed or too much, for people.
pub async fn multipart(body: Bytes, boundary: String) -> Result<Vec<(String, String)>, String> {
    let whole = futures::stream::once(async move { Ok::<_, Infallible>(body) });
    let mut parts = Multipart::new(whole, boundary);
    let mut fields = Vec::new();
    // What the library says may quote the body: only that it failed is told.
    let broken = |_| "it is not a whole multipart form".to_owned();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(file) = part.file_name().map(str::to_owned) {
            if !file.is_empty() {
                fields.push((name, format!("(file {file}, not kept)")));
            }
            continue;
        }
        fields.push((name, part.text().await.map_err(broken)?));
        if fields.len() > FIELDS_MAX {
            break;
        }
    }
    bounded(fields)
}

fn bounded(fields: Vec<(String, String)>) -> Result<Vec<(String, String)>, String> {
    if fields.len() > FIELDS_MAX {
        return Err(format!("it has more than {FIELDS_MAX} fields"));
    }
    if fields.iter().any(|(name, _)| name.len() > NAME_MAX) {
        return Err(format!("the name of a field is longer than {NAME_MAX} bytes"));
    }
    if fields.is_empty() { Err("it has no fields".into()) } else { Ok(fields) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODIES: &[&str] = &[
        "name=Ada+Lovelace&email=ada%40example.org&n=%zz%00&&=&a[b][]=1",
        "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAda\r\n--b\r\nContent-Disposition: form-data; \
         name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain; charset=x\r\n\r\nx\r\n--b--\r\n",
        "\r\n--b",
        "\"",
        "--b--",
        "Content-Disposition: form-data; name=",
    ];

    /// Bodies cut, mixed and spoilt: read or refused, in the bounds.
    #[tokio::test]
    async fn broken_forms_are_read_or_refused() {
        let mut dice = fastrand::Rng::with_seed(1);
        for _ in 0..2_000 {
            let mut body = Vec::new();
            for _ in 0..dice.usize(1..5) {
                let piece = BODIES[dice.usize(..BODIES.len())].as_bytes();
                body.extend(&piece[dice.usize(..piece.len())..]);
            }
            if let Some(byte) = dice.usize(..=body.len()).checked_sub(1).and_then(|at| body.get_mut(at)) {
                *byte = dice.u8(..);
            }
            let by_url = urlencoded(&body);
            let by_parts = multipart(Bytes::from(body), "b".into()).await;
            for fields in [by_url, by_parts].into_iter().flatten() {
                assert!(!fields.is_empty() && fields.len() <= FIELDS_MAX);
            }
        }
    }
}
