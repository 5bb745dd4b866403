//! Charts as inline SVG. Only numbers and our own words go into the drawing; a line is told by its dashes as
//! well as by its colour, and the drawing has a sentence for those who do not see it.

use std::fmt::Write as _;

/// Width and height of a line chart, in its own units.
const SIZE: (f64, f64) = (720.0, 220.0);
/// Room for labels: left, right, top, bottom.
const ROOM: (f64, f64, f64, f64) = (56.0, 12.0, 12.0, 26.0);
/// Width and height of a sparkline.
const SPARK: (f64, f64) = (90.0, 20.0);

/// A line.
pub struct Line {
    /// Its name in the legend.
    pub name: &'static str,
    /// Its colour and dashes in the style sheet: a, b or c.
    pub class: &'static str,
    /// Its values, one a stretch.
    pub values: Vec<f64>,
}

/// A small line without axes; empty without two values.
pub fn spark(values: &[u64]) -> String {
    if values.len() < 2 {
        return String::new();
    }
    let top = values.iter().copied().max().unwrap_or(0).max(1) as f64;
    let points =
        points(values.iter().map(|value| *value as f64), values.len(), top, (0.0, 2.0, SPARK.0, SPARK.1 - 4.0));
    let (last, most) = (values.last().copied().unwrap_or(0), values.iter().max().copied().unwrap_or(0));
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\" \
         aria-label=\"inquiries over time: at most {most}, last {last}\"><polyline class=\"a\" points=\"{points}\"/></svg>",
        SPARK.0, SPARK.1, SPARK.0, SPARK.1
    )
}

/// Lines over time with their legend above. `starts` are the first days of the stretches; `unit` stands at the axis.
/// Names, classes, days and unit are written as they are: they must be our own words.
pub fn line_chart(lines: &[Line], starts: &[String], unit: &str) -> String {
    let count = starts.len();
    if count < 2 {
        return String::new();
    }
    let top = nice(lines.iter().flat_map(|line| &line.values).copied().fold(0.0, f64::max));
    let (left, right, above, below) = ROOM;
    let place = (left, above, SIZE.0 - left - right, SIZE.1 - above - below);
    let names: Vec<String> = lines.iter().map(|line| format!("{} {}", line.name, sum(&line.values))).collect();
    let mut svg = "<figcaption>".to_owned();
    for line in lines {
        add(&mut svg, format_args!("<span class=\"key {}\">{} {unit}</span>", line.class, line.name));
    }
    add(
        &mut svg,
        format_args!(
            "</figcaption><svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{} from {} on, in all\">",
            SIZE.0,
            SIZE.1,
            names.join(", "),
            starts[0]
        ),
    );
    for quarter in 0..=4_u8 {
        let value = top * f64::from(quarter) / 4.0;
        let y = place.1 + place.3 * (1.0 - f64::from(quarter) / 4.0);
        add(
            &mut svg,
            format_args!(
                "<line class=\"grid\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                SIZE.0 - right
            ),
        );
        add(
            &mut svg,
            format_args!("<text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", left - 6.0, y + 4.0, short(value)),
        );
    }
    for (at, anchor) in [(0, "start"), (count / 2, "middle"), (count - 1, "end")] {
        let x = place.0 + place.2 * at as f64 / (count - 1) as f64;
        add(
            &mut svg,
            format_args!("<text class=\"{anchor}\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", SIZE.1 - 6.0, starts[at]),
        );
    }
    for line in lines {
        let points = points(line.values.iter().copied(), count, top, place);
        add(&mut svg, format_args!("<polyline class=\"{}\" points=\"{points}\"/>", line.class));
    }
    svg.push_str("</svg>");
    svg
}

/// Writing into memory does not fail.
fn add(svg: &mut String, what: std::fmt::Arguments<'_>) {
    svg.write_fmt(what).unwrap_or_default();
}

fn points(
    values: impl Iterator<Item = f64>,
    count: usize,
    top: f64,
    (x, y, width, height): (f64, f64, f64, f64),
) -> String {
    let step = width / (count.max(2) - 1) as f64;
    let mut text = String::new();
    for (number, value) in values.enumerate() {
        let share = (value / top).clamp(0.0, 1.0);
        add(&mut text, format_args!("{:.1},{:.1} ", x + step * number as f64, y + height * (1.0 - share)));
    }
    text.trim_end().to_owned()
}

/// The next of 4, 8, 20, 40, 80 … that quarters into round numbers.
fn nice(value: f64) -> f64 {
    let mut top = 4.0;
    let mut steps = [2.0, 2.5, 2.0].iter().cycle();
    while top < value && top < 1e18 {
        top *= steps.next().copied().unwrap_or(2.0);
    }
    top
}

fn short(value: f64) -> String {
    match value {
        1_000_000.0.. => format!("{}M", value / 1_000_000.0),
        10_000.0.. => format!("{}k", value / 1_000.0),
        _ => format!("{value}"),
    }
}

fn sum(values: &[f64]) -> String {
    format!("{:.0}", values.iter().sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number_above_the_highest() {
        for (highest, end) in
            [(0.0, 4.0), (4.0, 4.0), (5.0, 8.0), (9.0, 20.0), (21.0, 40.0), (41.0, 80.0), (81.0, 200.0)]
        {
            assert!((nice(highest) - end).abs() < 1e-9, "{highest}: {}", nice(highest));
        }
    }

    #[test]
    fn one_value_draws_nothing() {
        assert_eq!(spark(&[3]), "");
        assert_eq!(line_chart(&[], &["2026-01-01".into()], ""), "");
        assert!(spark(&[0, 0]).contains("aria-label"));
    }
}
