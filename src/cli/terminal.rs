//! The terminal that is printed to: how wide it is, and text that keeps to that.
//!
//! Only sentences are broken: a command or a key stays on its line, for somebody will copy it. What goes
//! to a file or a program is never broken.

use std::io::stdout;

use terminal_size::{Width, terminal_size_of};

/// The least that is worth breaking into.
const WIDTH_MIN: usize = 30;

/// Columns of the terminal that standard output is, if it is one.
pub(super) fn columns() -> Option<usize> {
    terminal_size_of(stdout()).map(|(Width(columns), _)| columns.into())
}

/// A sentence that begins behind `indent` columns, with line breaks between words and the indent at the
/// beginning of each further line.
pub(super) fn broken(sentence: &str, indent: usize, columns: Option<usize>) -> String {
    let width = columns.map(|columns| columns.saturating_sub(indent));
    let Some(width) = width.filter(|width| *width >= WIDTH_MIN) else {
        return sentence.to_owned();
    };
    let (mut text, mut used) = (String::new(), 0);
    for word in sentence.split(' ') {
        let takes = word.chars().count();
        if used > 0 && used + 1 + takes > width {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            used = 0;
        } else if !text.is_empty() {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += takes;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_keeps_to_the_columns_and_what_is_no_terminal_gets_it_whole() {
        let sentence = "one two three four five six seven eight nine ten";
        assert_eq!(broken(sentence, 10, None), sentence);
        assert_eq!(broken(sentence, 10, Some(39)), sentence, "too narrow to be worth it");
        let text = broken(sentence, 2, Some(32));
        assert_eq!(text, "one two three four five six\n  seven eight nine ten");
        let word = "x".repeat(50);
        let text = broken(&format!("a {word} b"), 0, Some(40));
        assert_eq!(text, format!("a\n{word}\nb"), "a word is never broken");
    }
}
