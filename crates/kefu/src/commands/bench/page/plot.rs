//! Lines as SVG in the page.

use std::fmt::Write as _;

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;
/// Colours of the page.
const COLOURS: usize = 6;

/// One line.
pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// Each point is a measurement of its own, and is shown.
    pub dots: bool,
}

/// An axis: the places of its marks in what is plotted, and their words.
pub struct Axis {
    pub end: f64,
    pub marks: Vec<(f64, String)>,
}

/// An axis from 0 with round numbers.
pub fn even(most: f64, unit: &str) -> Axis {
    let end = nice(most);
    let mark = |part: u32| {
        let value = end * f64::from(part) / 4.0;
        (value, format!("{}{unit}", short(value)))
    };
    Axis {
        end,
        marks: (0..=4).map(mark).collect(),
    }
}

/// An axis of powers of ten, from 1 on; [`tens`] says where a value stands on it.
pub fn powers(most: f64) -> Axis {
    let end = tens(most).ceil().max(1.0);
    let mark = |power: u32| {
        let power = f64::from(power);
        (power, short(10_f64.powf(power)))
    };
    Axis {
        end,
        marks: (0..=end as u32).map(mark).collect(),
    }
}

/// The place of a value on an axis of powers of ten; what is below 1 stands at its foot.
pub fn tens(value: f64) -> f64 {
    value.max(1.0).log10()
}

/// A figure, whose values begin at 0 on both axes. `title` and names are the program's own words.
pub fn plot(title: &str, unit: &str, lines: &[Line], across: &Axis) -> String {
    let values = lines.iter().flat_map(|line| &line.points);
    let up = even(values.map(|point| point.1).fold(0.0, f64::max), "");
    plot_on(title, unit, lines, across, &up)
}

/// The same with an axis of one's own.
pub fn plot_on(title: &str, unit: &str, lines: &[Line], across: &Axis, up: &Axis) -> String {
    let x = |at: f64| LEFT + (WIDTH - LEFT - 8.0) * at / across.end.max(f64::MIN_POSITIVE);
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / up.end);
    let mut svg = format!(
        "<figure><figcaption>{title}<span>{unit}</span></figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">"
    );
    for (value, words) in &up.marks {
        let at = y(*value);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{words}</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    for (place, (value, words)) in across.marks.iter().enumerate() {
        let anchor = match place {
            0 => "start",
            last if last + 1 == across.marks.len() => "end",
            _ => "middle",
        };
        let _ = write!(
            svg,
            "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{words}</text>",
            x(*value),
            HEIGHT - 6.0
        );
    }
    for (place, line) in lines.iter().enumerate() {
        let mut path = String::new();
        for (at, value) in &line.points {
            let pen = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{pen}{:.1} {:.1}", x(*at), y(*value));
        }
        let colour = place % COLOURS;
        let _ = write!(svg, "<path class=\"drawn k{colour}\" d=\"{path}\"/>");
        for (at, value) in line.points.iter().filter(|_| line.dots) {
            let _ = write!(
                svg,
                "<circle class=\"dot k{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>",
                x(*at),
                y(*value)
            );
        }
    }
    svg.push_str("</svg><p class=\"legend\">");
    for (place, line) in lines.iter().enumerate() {
        let _ = write!(
            svg,
            "<span class=\"k{}\">{}</span>",
            place % COLOURS,
            line.name
        );
    }
    svg.push_str("</p></figure>");
    svg
}

/// The next 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let value = if value > 0.0 { value } else { 1.0 };
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let fits = steps.into_iter().find(|step| *step >= value);
    fits.unwrap_or(10.0 * power)
}

fn short(value: f64) -> String {
    if value >= 10.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
