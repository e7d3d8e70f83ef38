//! Rules from their JSON, with every mistake reported at once.
//!
//! Read by hand rather than derived: a rule that is misread drops lines silently, so an unknown
//! field, an empty list or a rule without a condition is a mistake and is named with its place.

use serde_json::{Map, Value};
use thiserror::Error;

use super::glob::Glob;
use super::rules::{Action, Filters, Rule};

/// The most rules a list may have: each line may have to be held against all of them.
const RULES_MAX: usize = 64;

/// The patterns one condition may list.
const PATTERNS_MAX: usize = 64;

const FIELDS: [&str; 7] =
    ["operation", "status", "bucket", "key_prefix", "requester", "action", "one_in"];

/// What is wrong with a list of rules: every mistake, each with its place.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{}", .mistakes.join("; "))]
pub struct FilterError {
    /// One sentence for each mistake.
    pub mistakes: Vec<String>,
}

impl Filters {
    /// Reads a JSON array of rules; `docs/filters.md` describes them.
    ///
    /// # Errors
    /// [`FilterError`] with every mistake found.
    pub fn from_json(json: &str) -> Result<Self, FilterError> {
        let one = |mistake: String| FilterError { mistakes: vec![mistake] };
        let value: Value =
            serde_json::from_str(json).map_err(|error| one(format!("not JSON: {error}")))?;
        let Value::Array(items) = value else {
            return Err(one("expected a JSON array of rules".to_owned()));
        };
        if items.len() > RULES_MAX {
            return Err(one(format!("{} rules, at most {RULES_MAX} are allowed", items.len())));
        }
        let mut mistakes = Vec::new();
        let mut rules = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let mut reader = RuleReader { index, mistakes: &mut mistakes };
            rules.extend(reader.rule(item));
        }
        if mistakes.is_empty() { Ok(Self { rules }) } else { Err(FilterError { mistakes }) }
    }
}

struct RuleReader<'m> {
    index: usize,
    mistakes: &'m mut Vec<String>,
}

impl RuleReader<'_> {
    fn rule(&mut self, item: &Value) -> Option<Rule> {
        let Value::Object(fields) = item else {
            self.mistake("expected an object");
            return None;
        };
        for name in fields.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
            self.mistake(&format!("unknown field `{name}`; known are {}", FIELDS.join(", ")));
        }
        let rule = Rule {
            operation: self.globs(fields, "operation"),
            status: self.status(fields),
            bucket: self.globs(fields, "bucket"),
            key_prefix: self.texts(fields, "key_prefix"),
            requester: self.globs(fields, "requester"),
            action: self.action(fields)?,
            text: item.to_string(),
        };
        let conditions =
            fields.keys().filter(|name| !["action", "one_in"].contains(&name.as_str()));
        if conditions.count() == 0 {
            self.mistake("no condition; to match every line say `\"operation\": \"*\"`");
        }
        Some(rule)
    }

    fn action(&mut self, fields: &Map<String, Value>) -> Option<Action> {
        let name = fields.get("action").and_then(Value::as_str);
        let one_in = fields.get("one_in");
        if one_in.is_some() && name != Some("sample") {
            self.mistake("`one_in` belongs to the action `sample` only");
        }
        match name {
            Some("keep") => Some(Action::Keep),
            Some("drop") => Some(Action::Drop),
            Some("sample") => {
                let number = one_in.and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
                if number.is_none_or(|number| number < 1) {
                    self.mistake("`sample` needs `one_in`, a whole number from 1 on");
                }
                number.map(Action::Sample)
            }
            _ => {
                self.mistake("`action` must be `keep`, `drop` or `sample`");
                None
            }
        }
    }

    fn status(&mut self, fields: &Map<String, Value>) -> Option<Vec<Glob>> {
        let texts = self.texts(fields, "status")?;
        for text in &texts {
            let digit = |byte: u8| byte.is_ascii_digit() || b"x?".contains(&byte);
            if text != "-" && !(text.len() == 3 && text.bytes().all(digit)) {
                self.mistake(&format!("status `{text}` must look like `404`, `4xx` or `-`"));
            }
        }
        Some(texts.iter().map(|text| Glob::new(&text.replace('x', "?"))).collect())
    }

    fn globs(&mut self, fields: &Map<String, Value>, name: &str) -> Option<Vec<Glob>> {
        let texts = self.texts(fields, name)?;
        Some(texts.iter().map(|text| Glob::new(text)).collect())
    }

    /// One text or a list of texts; a number counts as its text, for `"status": 404`.
    fn texts(&mut self, fields: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
        let value = fields.get(name)?;
        let items = match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let text = |item: &Value| match item {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let texts: Option<Vec<String>> = items.iter().map(text).collect();
        match texts {
            Some(texts) if (1..=PATTERNS_MAX).contains(&texts.len()) => Some(texts),
            _ => {
                self.mistake(&format!("`{name}` must be a text, or 1 to {PATTERNS_MAX} of them"));
                None
            }
        }
    }

    fn mistake(&mut self, what: &str) {
        self.mistakes.push(format!("rule {}: {what}", self.index + 1));
    }
}
