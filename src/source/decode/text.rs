//! The characters of an answer. JSON is UTF-8 by its standard, and not everybody keeps to it: what says or shows
//! another encoding is read in that, and a stray byte costs no page.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// An answer as text: by its byte order mark, else by `charset` (the name its header gives), else as UTF-16 where
/// every other byte is zero, else as UTF-8. A byte that is none is read as Windows-1252, as in files.
pub fn text(bytes: Vec<u8>, charset: Option<&str>) -> String {
    let marked = Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
    let said = || charset.and_then(|name| Encoding::for_label(name.as_bytes()));
    let shown = || super::sniff::wide(&bytes);
    let encoding = marked.or_else(|| shown().or_else(said)).filter(|encoding| *encoding != UTF_8);
    if let Some(encoding) = encoding {
        // Bytes that are UTF-8 as a whole are: a wrong header is far likelier than a text that is both.
        if marked.is_some() || shown().is_some() || std::str::from_utf8(&bytes).is_err() {
            return encoding.decode(&bytes).0.into_owned();
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| patched(error.as_bytes()))
}

/// Every run that is UTF-8 as it is, every other byte as Windows-1252.
fn patched(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

/// The character set a content type names: `text/csv; charset="iso-8859-1"`.
pub fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_to_write_a_name_is_read() {
        let wide = |mark: bool, little: bool| -> Vec<u8> {
            let units = "\u{feff}{\"a\":\"Jürgen\"}".encode_utf16().skip(usize::from(!mark));
            units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        let latin = b"{\"a\":\"J\xfcrgen\"}".to_vec();
        for (bytes, charset) in [
            ("{\"a\":\"Jürgen\"}".as_bytes().to_vec(), None),
            ("{\"a\":\"Jürgen\"}".as_bytes().to_vec(), Some("iso-8859-1")),
            (latin.clone(), None),
            (latin.clone(), Some("ISO-8859-1")),
            (latin, Some("utf-8")),
            (wide(true, true), None),
            (wide(true, false), Some("utf-8")),
            (wide(false, true), None),
            (wide(false, false), None),
        ] {
            let told = format!("{charset:?} {bytes:?}");
            assert_eq!(text(bytes, charset), "{\"a\":\"Jürgen\"}", "{told}");
        }
        let mixed = [b"J\xfcrgen ".as_slice(), "Łódź".as_bytes()].concat();
        assert_eq!(text(mixed, None), "Jürgen Łódź", "one stray byte spoils nobody else's name");
        assert_eq!(charset("application/json; Charset=\"ISO-8859-1\""), Some("ISO-8859-1"));
        assert_eq!(charset("application/json"), None);
    }
}
