//! Names that people give things: what they are compared by and what may not stand in them.

use unicode_normalization::UnicodeNormalization;

/// A name as it is kept: no space around it, and composed (Unicode normalization form C), so that two that look the same
/// are the same.
pub fn name_normal(text: &str) -> String {
    text.trim().nfc().collect()
}

/// Whether a character cannot be seen, or changes how others are seen: control characters, what turns the direction of
/// writing (Unicode Standard Annex 9, §2), and what has no width. Joiners stay, for Persian, Indic scripts and emoji
/// need them.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether nothing of a name can be seen.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || is_unseen(c)
            || matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        assert_eq!(name_normal(" Cafe\u{301} "), "Caf\u{e9}");
        assert_eq!(
            name_normal("\u{1F469}\u{200D}\u{1F4BB}"),
            "\u{1F469}\u{200D}\u{1F4BB}"
        );
    }

    #[test]
    fn s33_what_hides_or_turns_text_is_found() {
        for c in [
            '\0', '\n', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{85}',
        ] {
            assert!(is_unseen(c), "{c:?}");
        }
        for c in [
            'a',
            '\u{e9}',
            '\u{5d0}',
            '\u{200d}',
            '\u{1F600}',
            ' ',
            '\u{a0}',
        ] {
            assert!(!is_unseen(c), "{c:?}");
        }
        assert!(is_blank("\u{200d} \u{a0}\u{fe0f}"));
        assert!(is_blank(""));
        assert!(!is_blank("a\u{200d}"));
    }
}
