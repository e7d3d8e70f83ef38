//! What people ask of access logs, and the statement that answers.

use super::names::SqlNames;

/// A question with its answer in one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub title: &'static str,
    /// How to read the answer.
    pub reading: &'static str,
    /// The statement, `{table}` for the table's name, over the days of the sample log; PostgreSQL and
    /// Redshift run it as it stands.
    pub sql: &'static str,
}

/// The questions, in the order of `docs/questions.md`.
pub const QUESTIONS: [Question; 20] = [
    question(include_str!("sql/questions/requests_per_day.sql")),
    question(include_str!("sql/questions/deletions.sql")),
    question(include_str!("sql/questions/cost_by_prefix.sql")),
    question(include_str!("sql/questions/bytes_per_requester.sql")),
    question(include_str!("sql/questions/hot_keys.sql")),
    question(include_str!("sql/questions/denied.sql")),
    question(include_str!("sql/questions/missing_keys.sql")),
    question(include_str!("sql/questions/throttled.sql")),
    question(include_str!("sql/questions/cold_keys.sql")),
    question(include_str!("sql/questions/old_tls.sql")),
    question(include_str!("sql/questions/plain_http.sql")),
    question(include_str!("sql/questions/signature_v2.sql")),
    question(include_str!("sql/questions/acl_required.sql")),
    question(include_str!("sql/questions/anonymous.sql")),
    question(include_str!("sql/questions/shared_links.sql")),
    question(include_str!("sql/questions/addresses.sql")),
    question(include_str!("sql/questions/user_agents.sql")),
    question(include_str!("sql/questions/cross_region.sql")),
    question(include_str!("sql/questions/slow_requests.sql")),
    question(include_str!("sql/questions/operations.sql")),
];

/// A file taken apart: two lines of comment, then the statement.
const fn question(text: &'static str) -> Question {
    let (title, rest) = comment(text);
    let (reading, sql) = comment(rest);
    Question { title, reading, sql }
}

/// The first line without its dashes, and the rest.
const fn comment(text: &'static str) -> (&'static str, &'static str) {
    let (mut end, mut rest) = (0, text.as_bytes());
    while let [byte, tail @ ..] = rest
        && *byte != b'\n'
    {
        end += 1;
        rest = tail;
    }
    let (line, rest) = text.split_at(end);
    let (_, line) = line.split_at("-- ".len());
    let (_, rest) = rest.split_at("\n".len());
    (line, rest)
}

/// Every question with its statement, for these names.
#[must_use]
pub fn questions_sql(names: &SqlNames) -> String {
    let texts: Vec<String> = QUESTIONS
        .iter()
        .zip(1_u8..)
        .map(|(question, number)| {
            let sql = question.sql.replace("{table}", &names.qualified());
            format!("-- {number}. {}\n-- {}\n{sql}", question.title, question.reading)
        })
        .collect();
    texts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::split;

    #[test]
    fn each_is_one_statement_over_a_range_of_time() {
        for Question { title, reading, sql } in QUESTIONS {
            assert!(title.ends_with('?') && reading.ends_with('.'), "{title}: {reading}");
            assert_eq!(split(sql).len(), 1, "{title}");
            assert!(
                sql.contains("request_time >= '") && sql.contains("request_time < '"),
                "{title}"
            );
        }
    }
}
