//! SQL taken apart into tokens, as far as statements must be recognised and translated.
//!
//! Joined again the tokens are the text they came from. A backslash in a literal escapes, as in
//! Redshift and unlike in `PostgreSQL`'s default; nothing that stands in quotes is ever looked into.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword, a name without quotes, or a number.
    Word,
    /// `'...'`, or `$$...$$`.
    Literal,
    /// `"..."`.
    Name,
    /// White space or a comment.
    Space,
    /// `::`, or any other character.
    Mark,
}

/// A piece of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

impl Token<'_> {
    /// Whether it is this keyword or mark, in any case.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Mark) && self.text.eq_ignore_ascii_case(text)
    }

    /// What a literal says.
    pub(crate) fn value(&self) -> Option<String> {
        let body = match self.kind {
            Kind::Literal => self.text.strip_prefix('\'')?.strip_suffix('\'')?,
            _ => return None,
        };
        let mut value = String::new();
        let mut characters = body.chars();
        while let Some(character) = characters.next() {
            // Of two quotes the second says the first, and so it is behind a backslash.
            value.extend(match character {
                '\'' | '\\' => characters.next(),
                other => Some(other),
            });
        }
        Some(value)
    }
}

/// The tokens of a text.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = next(rest, first);
        let (text, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        tokens.push(Token { kind, text });
        rest = after;
    }
    tokens
}

/// Those that say something.
pub(crate) fn words(sql: &str) -> Vec<Token<'_>> {
    tokens(sql).into_iter().filter(|token| token.kind != Kind::Space).collect()
}

fn next(rest: &str, first: char) -> (Kind, usize) {
    let end = |found: Option<usize>, more: usize| found.map_or(rest.len(), |at| at + more);
    if rest.starts_with("--") {
        return (Kind::Space, end(rest.find('\n'), 1));
    }
    if rest.starts_with("/*") {
        return (Kind::Space, end(rest.find("*/"), 2));
    }
    if rest.starts_with("$$") {
        let close = rest.get(2..).and_then(|inner| inner.find("$$"));
        return (Kind::Literal, end(close, 4));
    }
    if rest.starts_with("::") {
        return (Kind::Mark, 2);
    }
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    match first {
        '\'' => (Kind::Literal, end(close_of_literal(rest), 1)),
        '"' => (Kind::Name, end(rest.get(1..).and_then(|inner| inner.find('"')), 2)),
        space if space.is_whitespace() => {
            (Kind::Space, end(rest.find(|character: char| !character.is_whitespace()), 0))
        }
        part if is_part(part) => {
            (Kind::Word, end(rest.find(|character: char| !is_part(character)), 0))
        }
        other => (Kind::Mark, other.len_utf8()),
    }
}

/// Where the quote stands that closes the one at the beginning.
fn close_of_literal(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
            }
            '\'' => return Some(at),
            _ => {}
        }
    }
    None
}
