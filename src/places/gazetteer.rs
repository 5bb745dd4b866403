//! Where postal codes are: a file in the postal format of GeoNames that the operator brings
//! (download.geonames.org/export/zip: twelve columns between tabs, of which country, postal code, latitude and
//! longitude are used). Read line by line; only code and position of each place stay in memory. What the file
//! does not know is unknown, never a guess.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest file, in bytes: all countries in full are about 140 MB.
pub const FILE_MAX: u64 = 512 * 1024 * 1024;
/// Longest line, in bytes.
const LINE_MAX: u64 = 4_096;
/// Most postal codes: all countries in full are below two million.
const CODES_MAX: usize = 3_000_000;
/// Longest postal code without blanks and hyphens, in bytes.
const CODE_MAX: usize = 10;
/// Columns up to the longitude.
const COLUMNS: usize = 11;
/// Mean radius R1 = (2a + b) / 3 of the WGS 84 ellipsoid, in kilometres (Moritz, Geodetic Reference System 1980,
/// Journal of Geodesy 74, 2000, table of derived constants).
const EARTH_KM: f64 = 6_371.008_8;

/// A position in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// North of the equator, -90 to 90.
    pub latitude: f64,
    /// East of Greenwich, -180 to 180.
    pub longitude: f64,
}

/// Two letters and a code, filled up with zeros.
type Key = [u8; CODE_MAX + 2];

/// Positions of postal codes.
#[derive(Clone)]
pub struct Gazetteer {
    /// By key, ascending.
    codes: Vec<(Key, f32, f32)>,
    hash: String,
}

/// A postal file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GazetteerError {
    /// The system said no.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is no postal file.
    #[error("is not in the postal format of GeoNames: line {line} {problem}")]
    Line {
        /// From 1.
        line: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// It is too large.
    #[error("is too large: at most {} MiB and {CODES_MAX} postal codes", FILE_MAX / 1024 / 1024)]
    TooLarge,
    /// There is nothing in it.
    #[error("holds no postal code")]
    Empty,
}

/// Positions of the places of one code.
#[derive(Default)]
struct Sum {
    latitude: f64,
    longitude: f64,
    places: u32,
}

impl std::fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gazetteer({} codes, {})", self.codes.len(), self.hash)
    }
}

impl Gazetteer {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, is too large, or a line of it is not as GeoNames writes them.
    pub fn load(path: &Path) -> Result<Self, GazetteerError> {
        let file = File::open(path)?;
        if file.metadata()?.len() > FILE_MAX {
            return Err(GazetteerError::TooLarge);
        }
        Self::read(BufReader::new(file.take(FILE_MAX)))
    }

    /// Reads lines.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn read(mut from: impl BufRead) -> Result<Self, GazetteerError> {
        let (mut hasher, mut sums) = (blake3::Hasher::new(), BTreeMap::<Key, Sum>::new());
        let (mut line, mut number) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            number += 1;
            if from.by_ref().take(LINE_MAX).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let wrong = |problem| GazetteerError::Line { line: number, problem };
            if line.len() as u64 >= LINE_MAX && line.last() != Some(&b'\n') {
                return Err(wrong("is too long"));
            }
            hasher.update(&line);
            let text = std::str::from_utf8(&line).map_err(|_| wrong("is not UTF-8"))?.trim_end_matches(['\r', '\n']);
            if text.trim().is_empty() {
                continue;
            }
            let (key, point) = row(text).map_err(wrong)?;
            // Some countries list codes of single offices with words behind them: nobody writes those.
            let Some(key) = key else { continue };
            let sum = sums.entry(key).or_default();
            sum.latitude += point.latitude;
            sum.longitude += point.longitude;
            sum.places += 1;
            if sums.len() > CODES_MAX {
                return Err(GazetteerError::TooLarge);
            }
        }
        if sums.is_empty() {
            return Err(GazetteerError::Empty);
        }
        let mean = |(key, sum): (Key, Sum)| {
            let places = f64::from(sum.places);
            (key, (sum.latitude / places) as f32, (sum.longitude / places) as f32)
        };
        let hash = hasher.finalize().to_hex().chars().take(16).collect();
        Ok(Self { codes: sums.into_iter().map(mean).collect(), hash })
    }

    /// First 16 hex digits of BLAKE3 over the file: another file may decide otherwise.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How many postal codes it knows.
    pub const fn len(&self) -> usize {
        self.codes.len()
    }

    /// Never: a file without codes is refused.
    pub const fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Where a postal code is: the middle of its places. Where the file knows only the first part of a country's
    /// codes (GB, NL, CA, IE; the US without the last four digits), that part's. `None` when it is not known.
    pub fn position(&self, country: &str, code: &str) -> Option<Point> {
        let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let part = match country {
            "GB" => plain.len().checked_sub(3),
            "NL" => Some(4),
            "CA" | "IE" => Some(3),
            "US" => Some(5),
            _ => None,
        };
        let part = part.and_then(|length| plain.get(..length)).filter(|part| !part.is_empty());
        self.at(country, &plain).or_else(|| self.at(country, part?))
    }

    fn at(&self, country: &str, code: &str) -> Option<Point> {
        let wanted = key(country, code)?;
        let place = self.codes.binary_search_by(|(key, ..)| key.cmp(&wanted)).ok()?;
        let (_, latitude, longitude) = self.codes.get(place)?;
        Some(Point { latitude: f64::from(*latitude), longitude: f64::from(*longitude) })
    }
}

/// Code (`None` where nobody would write it) and position of a line.
fn row(text: &str) -> Result<(Option<Key>, Point), &'static str> {
    let columns: Vec<&str> = text.split('\t').take(COLUMNS + 1).collect();
    let (Some(country), Some(code), Some(latitude), Some(longitude)) =
        (columns.first(), columns.get(1), columns.get(9), columns.get(10))
    else {
        return Err("has too few columns between tabs");
    };
    let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_country {
        return Err("does not begin with a country's two letters");
    }
    let degrees = |text: &str, most: f64| text.trim().parse::<f64>().ok().filter(|value| value.abs() <= most);
    let latitude = degrees(latitude, 90.0).ok_or("has no latitude in its tenth column")?;
    let longitude = degrees(longitude, 180.0).ok_or("has no longitude in its eleventh column")?;
    Ok((key(country, code), Point { latitude, longitude }))
}

fn key(country: &str, code: &str) -> Option<Key> {
    let mut key = [0; CODE_MAX + 2];
    let plain = code.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase());
    let bytes: Vec<u8> = country.bytes().chain(plain).collect();
    if country.len() != 2 || bytes.len() < 3 {
        return None;
    }
    key.get_mut(..bytes.len())?.copy_from_slice(&bytes);
    Some(key)
}

/// Distance over the surface of a sphere, by the haversine formula (R. W. Sinnott, Sky and Telescope 68, 1984), in
/// kilometres: at most 0.6 % off the ellipsoid's.
pub fn distance_km(from: Point, to: Point) -> f64 {
    let (lat, other) = (from.latitude.to_radians(), to.latitude.to_radians());
    let (up, along) = ((other - lat) / 2.0, (to.longitude - from.longitude).to_radians() / 2.0);
    let haversine = up.sin().powi(2) + lat.cos() * other.cos() * along.sin().powi(2);
    2.0 * EARTH_KM * haversine.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "DE\t10115\tBerlin\tBerlin\tBE\t\t00\tBerlin\t11000\t52.5323\t13.3846\t6\r\n\
                        DE\t14467\tPotsdam\tBrandenburg\tBB\t\t00\tPotsdam\t12054\t52.4009\t13.0591\t6\n\
                        \n\
                        DE\t01001\tTwo A\t\t\t\t\t\t\t50.0\t10.0\t\n\
                        DE\t01001\tTwo B\t\t\t\t\t\t\t51.0\t11.0\t\n\
                        FR\t75008 CEDEX 08\tParis\t\t\t\t\t\t\t48.87\t2.3\t5\n\
                        GB\tSW1A\tLondon\tEngland\tENG\t\t\t\t\t51.5\t-0.14\t4\n";

    fn read(text: &str) -> Result<Gazetteer, GazetteerError> {
        Gazetteer::read(text.as_bytes())
    }

    #[test]
    fn what_is_no_postal_file_is_refused_with_its_line() {
        let said = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(said("\n"), "holds no postal code");
        assert!(said("<html>\n").contains("line 1 has too few columns"));
        let row = "DE\t10115\tBerlin\t\t\t\t\t\t\t52.5\t13.3\n";
        assert!(said(&row.replace("52.5", "north")).contains("line 1 has no latitude"));
        assert!(said(&(row.to_owned() + &row.replace("13.3", "213"))).contains("line 2 has no longitude"));
        assert!(said(&row.replace("DE", "Germany")).contains("two letters"));
        assert!(said(&"x".repeat(10_000)).contains("too long"));
        assert!(matches!(Gazetteer::read(&b"DE\xff\n"[..]), Err(GazetteerError::Line { line: 1, .. })));
        assert!(matches!(Gazetteer::load(Path::new("/nowhere/DE.txt")), Err(GazetteerError::Io(_))));
    }

    #[test]
    fn codes_are_found_however_they_are_written_and_nothing_is_guessed() {
        let file = read(FILE).unwrap();
        assert_eq!(file.len(), 4);
        let near = |found: Option<Point>, latitude: f64| (found.unwrap().latitude - latitude).abs() < 1e-4;
        assert!(near(file.position("DE", "10115"), 52.5323));
        assert!(near(file.position("DE", "01001"), 50.5), "the middle of its places");
        assert!(near(file.position("GB", "SW1A 1AA"), 51.5) && near(file.position("GB", "sw1a"), 51.5));
        for (country, code) in [("DE", "10116"), ("AT", "10115"), ("DE", ""), ("GB", "AA"), ("", "1"), ("DE", "1€1")]
        {
            assert_eq!(file.position(country, code), None, "{country} {code}");
        }
        assert_ne!(file.hash(), read(&FILE.replace("13.3846", "13.3847")).unwrap().hash());
    }

    #[test]
    fn distances_are_those_of_the_sphere() {
        let at = |latitude, longitude| Point { latitude, longitude };
        let is = |from, to, wanted: f64| {
            let found = distance_km(from, to);
            assert!((found - wanted).abs() < 0.01 * wanted.max(0.1), "{found} for {wanted}");
        };
        is(at(0.0, 0.0), at(0.0, 0.0), 0.0);
        // A degree of a great circle, half of one, and Berlin to Potsdam.
        is(at(0.0, 0.0), at(1.0, 0.0), 111.195);
        is(at(0.0, 179.5), at(0.0, -179.5), 111.195);
        is(at(90.0, 0.0), at(-90.0, 50.0), 20_015.1);
        is(at(52.5323, 13.3846), at(52.4009, 13.0591), 26.4);
    }
}
