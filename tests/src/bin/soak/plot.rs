//! Lines over time, as SVG in the page.

use std::fmt::Write as _;

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 22.0;
const TOP: f64 = 10.0;

/// One line; a gap where there is no value.
pub struct Line<'a> {
    pub name: &'a str,
    /// A class of the page's style.
    pub class: &'a str,
    pub points: Vec<(f64, Option<f64>)>,
}

/// A plot from 0 to `end_s`, with a mark at each of `marks`.
pub fn plot(title: &str, unit: &str, lines: &[Line<'_>], marks: &[f64], end_s: f64) -> String {
    let values = lines.iter().flat_map(|line| &line.points);
    let most = values.filter_map(|point| point.1).fold(0.0, f64::max);
    let top = nice(most);
    let x = |at: f64| LEFT + (WIDTH - LEFT) * at / end_s.max(1.0);
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / top);
    let mut svg = format!(
        "<figure><figcaption>{title}<span>{unit}</span></figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">"
    );
    for mark in marks {
        let at = x(*mark);
        let (top, bottom) = (HEIGHT - BOTTOM - 7.0, HEIGHT - BOTTOM);
        let _ = write!(
            svg,
            "<line class=\"mark\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top}\" y2=\"{bottom}\"/>"
        );
    }
    for step in 0..=4 {
        let value = top * f64::from(step) / 4.0;
        let at = y(value);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            short(value)
        );
    }
    let minutes = (end_s / 60.0).max(1.0 / 60.0);
    for step in 0..=5 {
        let at_s = end_s * f64::from(step) / 5.0;
        let anchor = ["start", "middle", "middle", "middle", "middle", "end"][step as usize];
        let _ = write!(
            svg,
            "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{:.1} min</text>",
            x(at_s),
            HEIGHT - 6.0,
            minutes * f64::from(step) / 5.0
        );
    }
    for line in lines {
        let mut path = String::new();
        let mut pen = 'M';
        for (at, value) in &line.points {
            let Some(value) = value else {
                pen = 'M';
                continue;
            };
            let _ = write!(path, "{pen}{:.1} {:.1}", x(*at), y(*value));
            pen = 'L';
        }
        let _ = write!(svg, "<path class=\"line {}\" d=\"{path}\"/>", line.class);
    }
    svg.push_str("</svg><p class=\"legend\">");
    for line in lines {
        let _ = write!(svg, "<span class=\"{}\">{}</span>", line.class, line.name);
    }
    svg.push_str("</p></figure>");
    svg
}

/// The next 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= value)
        .unwrap_or(10.0 * power)
}

fn short(value: f64) -> String {
    if value >= 10.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}
