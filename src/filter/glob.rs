//! Patterns with `*` (any bytes, none included) and `?` (exactly one byte).
//!
//! What it does not do: character classes and escapes; `/` is a byte like any other.

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    pattern: Vec<u8>,
}

impl Glob {
    /// The pattern written as `pattern`. Every text is a valid pattern.
    #[must_use]
    pub(crate) fn new(pattern: &str) -> Self {
        Self { pattern: pattern.as_bytes().to_vec() }
    }

    /// Whether the whole of `text` matches. Takes at most `pattern * text` steps, whatever the two
    /// hold: a star that matched too little is only ever widened, never tried again.
    #[must_use]
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let (mut at, mut next) = (0, 0);
        // The last star, and how far into the text it reaches so far.
        let mut star: Option<(usize, usize)> = None;
        while let Some(byte) = text.get(at) {
            match self.pattern.get(next) {
                Some(b'*') => {
                    star = Some((next, at));
                    next += 1;
                }
                Some(expected) if expected == byte || *expected == b'?' => {
                    at += 1;
                    next += 1;
                }
                _ => {
                    let Some((star_next, star_at)) = star else { return false };
                    star = Some((star_next, star_at + 1));
                    at = star_at + 1;
                    next = star_next + 1;
                }
            }
        }
        self.pattern.iter().skip(next).all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("REST.GET.*", "REST.GET.OBJECT", true),
            ("REST.GET.*", "REST.PUT.OBJECT", false),
            ("*.OBJECT", "REST.GET.OBJECT", true),
            ("*GET*", "REST.GET.OBJECT", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-", false),
            ("4??", "404", true),
            ("4??", "4040", false),
            ("**a", "a", true),
            ("a*", "a", true),
            ("?", "", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_do_not_explode() {
        let glob = Glob::new(&"*a".repeat(50));
        let mut text = vec![b'a'; 20_000];
        assert!(glob.matches(&text));
        text.push(b'b');
        assert!(!glob.matches(&text));
    }
}
