//! Shares and their intervals, in one place, so that no face of the report rounds or decides otherwise.

use super::model::{Share, TOO_FEW};

/// The normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's 95 % score interval of `part` of `whole`; `None` without a whole or where the part exceeds it.
pub fn wilson(part: u64, whole: u64) -> Option<(f64, f64)> {
    if whole == 0 || part > whole {
        return None;
    }
    let (n, p) = (whole as f64, part as f64 / whole as f64);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let (middle, scale) = (p + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    // At the edges the root is exact only in theory.
    let low = if part == 0 { 0.0 } else { ((middle - spread) / scale).max(0.0) };
    let high = if part == whole { 1.0 } else { ((middle + spread) / scale).min(1.0) };
    Some((low, high))
}

/// `part` of `whole`; without a whole it has no value and `why` says so.
pub fn share(part: u64, whole: u64, why: &str) -> Share {
    if whole == 0 {
        return Share { part, whole, why: Some(why.to_owned()), ..Share::default() };
    }
    let (low, high) = wilson(part, whole).unzip();
    let why = (whole < TOO_FEW).then(|| format!("too few: {whole}"));
    Share { part, whole, value: Some(part as f64 / whole as f64), low, high, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29.
        for (part, whole, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (found_low, found_high) = wilson(part, whole).unwrap();
            assert!((found_low - low).abs() < 1e-4 && (found_high - high).abs() < 1e-4, "{part}/{whole}");
        }
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(3, 2), None);
        assert!((wilson(7, 7).unwrap().1 - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_share_without_a_whole_says_why_and_few_say_so() {
        assert_eq!(share(0, 0, "no clicks").why.as_deref(), Some("no clicks"));
        assert_eq!(share(0, 0, "no clicks").value, None);
        assert_eq!(share(1, 4, "").why.as_deref(), Some("too few: 4"));
        assert_eq!(share(1, 5, "").why, None);
        assert_eq!(share(12, 10, "").low, None, "more than the whole is flagged, not clipped");
    }
}
