//! Bars and sparklines as text.

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// `part` of `whole` as a bar of `width` columns; anything above nothing shows at least one column.
pub fn bar(part: u64, whole: u64, width: usize) -> String {
    "█".repeat(filled(part, whole, width))
}

/// How many of `width` columns `part` of `whole` fills.
pub fn filled(part: u64, whole: u64, width: usize) -> usize {
    if part == 0 || whole == 0 || width == 0 {
        return 0;
    }
    let share = part as f64 / whole as f64;
    ((share * width as f64).round() as usize).clamp(1, width)
}

/// A cap's use as a bar: used, reserved, free.
pub fn gauge(used: u32, reserved: u32, max: Option<u32>, width: usize) -> (String, String, String) {
    let Some(max) = max else { return (String::new(), String::new(), "·".repeat(width)) };
    let taken = filled(u64::from(used) + u64::from(reserved), u64::from(max), width);
    let solid = filled(u64::from(used), u64::from(max), width).min(taken);
    ("█".repeat(solid), "▒".repeat(taken - solid), "░".repeat(width - taken))
}

/// The last `width` values as a sparkline; zero is the lowest line.
pub fn spark(values: &[u64], width: usize) -> String {
    let tail = values.get(values.len().saturating_sub(width)..).unwrap_or_default();
    let top = tail.iter().copied().max().unwrap_or(0);
    tail.iter()
        .map(|value| if top == 0 { STEPS[0] } else { STEPS[(value * 7).div_ceil(top).min(7) as usize] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_never_overflow() {
        assert_eq!(bar(1, 1_000, 10), "█");
        assert_eq!(bar(5_000, 1_000, 10).chars().count(), 10);
        assert_eq!(bar(5, 0, 10), "");
        let (used, reserved, free) = gauge(15, 9, Some(20), 10);
        assert_eq!((used.chars().count(), reserved.chars().count(), free.chars().count()), (8, 2, 0));
        let (used, reserved, free) = gauge(0, 0, Some(0), 10);
        assert_eq!((used.len(), reserved.len(), free.chars().count()), (0, 0, 10));
        assert_eq!(spark(&[0, 1, 7], 14), "▁▂█");
        assert_eq!(spark(&[], 14), "");
    }
}
