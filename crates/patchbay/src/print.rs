//! What commands print: tables for people, JSON for machines.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde_json::Value;

/// Prints a line. A reader that went away (`| head`) ends the output quietly.
pub(crate) fn line(text: impl Display) {
    write(&format!("{text}\n"));
}

/// Prints a JSON value, indented.
pub(crate) fn json(value: &Value) {
    line(format!("{value:#}"));
}

/// Prints rows under a heading, columns side by side; the last column is as wide as it wants.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) {
    write(&table_text(heading, rows));
}

fn write(text: &str) {
    let mut out = io::stdout().lock();
    // Nobody is left to tell when writing fails.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn table_text(heading: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = std::iter::once(heading.iter().map(ToString::to_string).collect())
        .chain(
            rows.iter()
                .map(|row| row.iter().map(|cell| plain(cell)).collect()),
        )
        .collect();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A text without anything that could steer the terminal: names come from people and from apps.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

/// The text at a JSON pointer, or a dash where there is none.
pub(crate) fn cell(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_stand_side_by_side_and_nothing_steers_the_terminal() {
        let rows = vec![
            vec!["a".to_owned(), "Grüße\u{1b}[31m".to_owned(), "x".to_owned()],
            vec!["long".to_owned(), "b".to_owned(), "y".to_owned()],
        ];
        assert_eq!(
            table_text(&["ID", "NAME", "END"], &rows),
            "ID    NAME        END\na     Grüße [31m  x\nlong  b           y\n"
        );
    }

    #[test]
    fn what_is_not_there_is_a_dash() {
        let value = json!({"a": {"b": null, "c": "d", "n": 3, "e": ""}});
        let cells: Vec<String> = ["/a/b", "/a/c", "/a/n", "/a/e", "/x"]
            .iter()
            .map(|at| cell(&value, at))
            .collect();
        assert_eq!(cells, ["-", "d", "3", "-", "-"]);
    }
}
