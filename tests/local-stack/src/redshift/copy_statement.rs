//! `COPY table [(columns)] FROM 's3://...' IAM_ROLE '...' [MANIFEST] options`, read from SQL.

use super::copy::Copy;
use super::error::Error;
use super::tokens::{Kind, Token, words};

/// A COPY command with where its files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CopyStatement {
    /// The command; without columns where the statement lists none.
    pub(super) command: Copy,
    /// The `s3://` URL of a manifest, or what the URLs of the files begin with.
    pub(super) from: String,
    /// Whether it is a manifest.
    pub(super) is_manifest: bool,
}

impl CopyStatement {
    /// Reads a statement; nothing where it is no COPY.
    ///
    /// # Errors
    /// When it is one that Redshift, or the stack, would not run.
    pub(super) fn parse(sql: &str) -> Result<Option<Self>, Error> {
        let words = words(sql);
        let mut rest = words.iter().copied().peekable();
        if !rest.next().is_some_and(|word| word.is("COPY")) {
            return Ok(None);
        }
        let table: String = take_until(&mut rest, |word| word.is("(") || word.is("FROM"));
        let mut columns = String::new();
        if rest.next_if(|word| word.is("(")).is_some() {
            columns = take_until(&mut rest, |word| word.is(")"));
            rest.next();
        }
        let from = rest.next_if(|word| word.is("FROM")).and_then(|_| rest.next());
        let from = from.and_then(|word| word.value()).filter(|url| url.starts_with("s3://"));
        let Some(from) = from else {
            return Err(Error::IncorrectCopyOptions("FROM 's3://...' is expected".to_owned()));
        };
        let (mut is_authorised, mut is_manifest) = (false, false);
        let mut options = Vec::new();
        while let Some(word) = rest.next() {
            if word.is("IAM_ROLE") || word.is("CREDENTIALS") {
                let given = rest.next();
                is_authorised =
                    given.is_some_and(|word| word.kind == Kind::Literal || word.is("DEFAULT"));
            } else if word.is("MANIFEST") {
                is_manifest = true;
            } else if !word.is(";") {
                options.push(word.text);
            }
        }
        if !is_authorised {
            let what = "no credentials: IAM_ROLE '...' is missing";
            return Err(Error::IncorrectCopyOptions(what.to_owned()));
        }
        let command = Copy::new(&table.replace('"', ""), &columns, &options.join(" "))?;
        Ok(Some(Self { command, from, is_manifest }))
    }
}

fn take_until<'a>(
    words: &mut std::iter::Peekable<impl Iterator<Item = Token<'a>>>,
    end: impl Fn(&Token<'a>) -> bool,
) -> String {
    let mut text = String::new();
    while let Some(word) = words.next_if(|word| !end(word)) {
        text.push_str(word.text);
    }
    text
}
