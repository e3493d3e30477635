//! Splits a template into text and expressions.

use crate::error::{ExprError, ExprErrorKind};

/// One part of a template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Text to be copied.
    Text(&'a str),
    /// The source between `{{` and `}}`, and the byte offset where it starts.
    Expression { source: &'a str, offset: usize },
}

/// Line and column (both from 1, column in characters) of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    (line, before[start..].chars().count() + 1)
}

/// Splits `text`. `}}` inside a quoted string or inside an unclosed `{` of a
/// literal map does not end an expression.
pub(crate) fn parts(text: &str) -> Result<Vec<Part<'_>>, ExprError> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let open = at + found;
        if open > at {
            out.push(Part::Text(&text[at..open]));
        }
        let start = open + 2;
        let Some(length) = expression_length(&text[start..]) else {
            let (line, column) = position(text, open);
            return Err(ExprError::new(
                ExprErrorKind::Syntax,
                "the expression that starts with {{ has no closing }}",
            )
            .at(line, column));
        };
        out.push(Part::Expression {
            source: &text[start..start + length],
            offset: start,
        });
        at = start + length + 2;
    }
    if at < text.len() {
        out.push(Part::Text(&text[at..]));
    }
    Ok(out)
}

fn expression_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote: Option<u8> = None;
    let mut depth = 0_usize;
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        match quote {
            Some(_) if byte == b'\\' => i += 1,
            Some(q) if byte == q => quote = None,
            Some(_) => {}
            None => match byte {
                b'"' | b'\'' => quote = Some(byte),
                b'{' => depth += 1,
                b'}' if depth > 0 => depth -= 1,
                b'}' if bytes.get(i + 1) == Some(&b'}') => return Some(i),
                _ => {}
            },
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_braces_in_strings_and_maps_do_not_end_an_expression() {
        let text = r#"a {{ "}}" ~ {"k": {"n": 1}}.k }} b {{ x }}"#;
        let found = parts(text).unwrap();
        assert_eq!(found.len(), 4);
        assert!(
            matches!(found[1], Part::Expression { source, .. } if source == r#" "}}" ~ {"k": {"n": 1}}.k "#)
        );
        assert!(matches!(found[3], Part::Expression { source: " x ", .. }));
    }

    #[test]
    fn unclosed_names_the_place() {
        let error = parts("first\n  {{ x").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
    }
}
