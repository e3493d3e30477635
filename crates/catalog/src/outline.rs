//! Cuts a manifest down to what its summary needs, before it is parsed.
//!
//! Most of a manifest is actions and triggers, of which a list shows only how
//! many there are. At the top level of block YAML every key stands in the
//! first column and nothing else does, and the keys below it all have the
//! indentation of the first; so both can be told by lines. What is written in
//! another style is not cut but parsed as a whole.

/// Parts that a summary does not show.
const DROPPED: [&str; 9] = [
    "settings", "hosts", "base_url", "verify", "failure", "limits", "headers", "options",
    "docs_url",
];

/// A manifest without its long parts, and how many actions and triggers it has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    /// YAML of what is left.
    pub(crate) text: String,
    pub(crate) actions: usize,
    pub(crate) triggers: usize,
}

/// Cuts `text`; `None` when it is not in block style throughout.
pub(crate) fn cut(text: &str) -> Option<Outline> {
    let mut out = Outline {
        text: String::new(),
        actions: 0,
        triggers: 0,
    };
    for (key, block) in blocks(text)? {
        match key {
            "actions" => out.actions = children(block)?,
            "triggers" => out.triggers = children(block)?,
            _ if DROPPED.contains(&key) => {}
            _ => out.text.push_str(block),
        }
    }
    Some(out)
}

/// The top-level keys with their text, key line included.
fn blocks(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let first = line.chars().next()?;
        if first.is_ascii_alphabetic() {
            starts.push((line.split_once(':')?.0, at));
        } else if !matches!(first, ' ' | '#' | '\n' | '\r') {
            return None;
        }
        at += line.len();
    }
    let ends = starts
        .iter()
        .skip(1)
        .map(|(_, start)| *start)
        .chain(std::iter::once(text.len()));
    Some(
        starts
            .iter()
            .zip(ends)
            .map(|(&(key, start), end)| (key, &text[start..end]))
            .collect(),
    )
}

/// How many keys a block has below its own.
fn children(block: &str) -> Option<usize> {
    let (head, body) = block.split_once('\n')?;
    let (_, value) = head.split_once(':')?;
    let value = value.trim();
    if !value.is_empty() && !value.starts_with('#') {
        return None;
    }
    let mut indentation = None;
    let mut count = 0;
    for line in body.lines() {
        let content = line.trim_start_matches(' ');
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let depth = line.len() - content.len();
        let first = *indentation.get_or_insert(depth);
        if depth < first
            || (depth == first && !content.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            return None;
        }
        if depth == first {
            count += 1;
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_parts_are_cut_and_counted() {
        let text = "slug: a # x\n# note\nauth:\n  - method: basic\nactions:\n\n  # one\n  make:\n    title: x\n    text: >-\n      a\n\n  take: {title: y}\noptions:\n  o: {}\ntriggers:\n    t:\n      title: z\nname: A\n";
        let outline = cut(text).unwrap();
        assert_eq!(
            outline.text,
            "slug: a # x\n# note\nauth:\n  - method: basic\nname: A\n"
        );
        assert_eq!((outline.actions, outline.triggers), (2, 1));
    }

    #[test]
    fn other_styles_are_left_to_the_parser() {
        for text in [
            "{slug: a}",
            "---\nslug: a\n",
            "slug: a\nactions: {make: {}}\n",
            "actions:\n  'make': {}\n",
            "actions: &x\n  a: 1\n",
            "? slug\n: a\n",
            "actions:\n  ? a\n  : b\n",
            "\"slug\": a\n",
            "actions:\n    a: 1\n  b: 2\n",
        ] {
            assert_eq!(cut(text), None, "{text}");
        }
    }
}
