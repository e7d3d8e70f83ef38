//! Commands that are printed for somebody to run.

/// A word as a POSIX shell reads it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Words as one command.
pub(super) fn command<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_something_else() {
        let words = ["logferry", "s3://b/a-1/", "", "a b", "o'brien", "$HOME", "*", "a\nb"];
        assert_eq!(
            command(words),
            "logferry s3://b/a-1/ '' 'a b' 'o'\\''brien' '$HOME' '*' 'a\nb'"
        );
    }
}
