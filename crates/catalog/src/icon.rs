use std::borrow::Cow;
use std::fmt::Write as _;

/// The icon of an app: SVG, to be served with a policy that runs no scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon {
    /// The SVG document.
    pub svg: Cow<'static, [u8]>,
    /// Whether it was made from the app's name because there is no icon.
    pub generated: bool,
}

/// Colours for letters of apps that name none; each reads well under white.
const COLORS: [&str; 8] = [
    "#3b5bdb", "#0b7285", "#2b8a3e", "#9c36b5", "#c2255c", "#a35200", "#495057", "#5f3dc4",
];

impl Icon {
    pub(crate) fn file(svg: Cow<'static, [u8]>) -> Self {
        Self {
            svg,
            generated: false,
        }
    }

    /// The first letters of up to two words on a rounded square.
    pub(crate) fn lettermark(name: &str, brand_color: Option<&str>) -> Self {
        let letters: String = name
            .split(|c: char| !c.is_alphanumeric())
            .filter_map(|word| word.chars().next())
            .take(2)
            .flat_map(char::to_uppercase)
            .collect();
        let color = match brand_color {
            Some(color) if is_color(color) => color,
            _ => {
                let sum: usize = name.bytes().map(usize::from).sum();
                COLORS[sum % COLORS.len()]
            }
        };
        let size = if letters.chars().count() > 1 { 11 } else { 14 };
        let ink = if is_light(color) {
            "#1a1a1a"
        } else {
            "#ffffff"
        };
        let mut svg = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\" role=\"img\">\
             <rect width=\"24\" height=\"24\" rx=\"6\" fill=\"{color}\"/>\
             <text x=\"12\" y=\"12\" fill=\"{ink}\" font-family=\"system-ui, sans-serif\" \
             font-size=\"{size}\" font-weight=\"600\" text-anchor=\"middle\" \
             dominant-baseline=\"central\">{letters}</text></svg>"
        );
        Self {
            svg: Cow::Owned(svg.into_bytes()),
            generated: true,
        }
    }
}

/// Whether `text` is `#rrggbb`.
pub(crate) fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether dark letters read better on it (relative luminance, WCAG 2, without
/// the gamma curve: good enough to choose between two inks).
fn is_light(color: &str) -> bool {
    let part = |at: usize| {
        color
            .get(at..at + 2)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .unwrap_or(0)
    };
    part(1) * 299 + part(3) * 587 + part(5) * 114 > 160_000
}
