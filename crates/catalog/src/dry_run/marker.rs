//! Placeholders that survive encoding.

use data_encoding::BASE64;

// Lower-case letters and digits: a URL's host is lowered, and no encoding touches them.
const OPEN: &str = "zq9xph0";
const CLOSE: &str = "0hpx9qz";

/// What stands for the value of this name while a request is rendered.
pub(super) fn marked(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

/// The text with placeholders as people read them, `‹name›`; base64 around one is taken off and named.
pub(super) fn shown(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(word_shown).collect();
    words.join(" ")
}

fn word_shown(word: &str) -> String {
    let decoded = BASE64
        .decode(word.as_bytes())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|text| text.contains(OPEN));
    match decoded {
        Some(inner) => format!("base64({})", named(&inner)),
        None => named(word),
    }
}

fn named(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((name, behind)) = after.split_once(CLOSE) else {
            break;
        };
        out.push_str(before);
        out.push('‹');
        out.push_str(name);
        out.push('›');
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_again() {
        let (user, key) = (marked("user"), marked("api_key"));
        assert_eq!(shown(&format!("Bearer {key}")), "Bearer ‹api_key›");
        assert_eq!(shown(&format!("a={key}&b={user}")), "a=‹api_key›&b=‹user›");
        let basic = BASE64.encode(format!("{user}:{key}").as_bytes());
        assert_eq!(
            shown(&format!("Basic {basic}")),
            "Basic base64(‹user›:‹api_key›)"
        );
        assert_eq!(shown("nothing to see"), "nothing to see");
        assert_eq!(shown(OPEN), OPEN);
    }
}
