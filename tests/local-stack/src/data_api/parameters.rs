//! Named parameters: `:name` stands for a value, never for a name of SQL.

use std::collections::BTreeSet;

use super::refusal::Refusal;
use crate::redshift::tokens::{Kind, tokens};

/// A parameter as it was given.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: String,
}

/// The statements with their values. Redshift takes none in COPY and none for a table's name, where
/// the parameter stays as it is and makes the statement fail.
pub(super) fn bind(sqls: &[String], parameters: &[Parameter]) -> Result<Vec<String>, Refusal> {
    if parameters.is_empty() {
        return Ok(sqls.to_vec());
    }
    let mut used = BTreeSet::new();
    let bound = sqls.iter().map(|sql| bind_one(sql, parameters, &mut used));
    let bound = bound.collect::<Result<Vec<_>, _>>()?;
    let unused: Vec<_> = parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .filter(|name| !used.contains(*name))
        .collect();
    if unused.is_empty() {
        return Ok(bound);
    }
    Err(Refusal::validation(format!(
        "Parameters list contains unused parameters. Unused parameters: {unused:?}"
    )))
}

fn bind_one(
    sql: &str,
    parameters: &[Parameter],
    used: &mut BTreeSet<String>,
) -> Result<String, Refusal> {
    let tokens = tokens(sql);
    let first = tokens.iter().find(|token| token.kind != Kind::Space);
    let is_copy = first.is_some_and(|token| token.is("COPY"));
    let mut bound = String::new();
    let mut before = ["", ""];
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        let name = rest.next_if(|next| token.is(":") && next.kind == Kind::Word);
        let Some(name) = name else {
            bound.push_str(token.text);
            if token.kind != Kind::Space {
                before = [before[1], token.text];
            }
            continue;
        };
        let parameter = parameters.iter().find(|parameter| parameter.name == name.text);
        let parameter = parameter
            .ok_or_else(|| Refusal::validation(format!("Cannot find parameter: {}", name.text)))?;
        used.insert(parameter.name.clone());
        if is_copy || names_a_table(before) {
            bound.extend([token.text, name.text]);
        } else {
            bound.push_str(&literal(&parameter.value));
        }
    }
    Ok(bound)
}

/// Whether a table's name follows, which no value can be. `SQLite` would take a text for one.
fn names_a_table(before: [&str; 2]) -> bool {
    let [earlier, word] = before.map(str::to_ascii_uppercase);
    let of_a_table = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"].contains(&word.as_str());
    of_a_table && earlier != "DISTINCT"
}

fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}
