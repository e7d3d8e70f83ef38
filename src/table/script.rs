//! A script taken apart into its statements.

/// The statements of a script, without comments and semicolons: split at semicolons outside of
/// quotes and of the `$$` around the body of a procedure, which keeps its comments.
#[must_use]
pub fn split(script: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    let (mut quoted, mut body) = (false, false);
    let mut rest = script;
    while let Some(next) = rest.chars().next() {
        let Some(statement) = statements.last_mut() else { break };
        let length = if rest.starts_with("$$") && !quoted { 2 } else { next.len_utf8() };
        if rest.starts_with("--") && !quoted && !body {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default();
            continue;
        }
        match next {
            '\'' if !body => quoted = !quoted,
            '$' if length == 2 => body = !body,
            _ => {}
        }
        let (piece, after) = rest.split_at(length);
        if next == ';' && !quoted && !body {
            statements.push(String::new());
        } else {
            statement.push_str(piece);
        }
        rest = after;
    }
    let trimmed = statements.iter().map(|statement| statement.trim().to_owned());
    trimmed.filter(|statement| !statement.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_texts_bodies_and_comments_split_nothing() {
        let script = "-- one; not two\nSELECT ';', 'it''s -- no comment' -- a; b\nFROM t;\n\n\
                      CREATE PROCEDURE p() AS $$\nBEGIN\n  -- kept; here\n  x := 'a'';b';\nEND;\n$$ LANGUAGE plpgsql;\n;";
        assert_eq!(
            split(script),
            [
                "SELECT ';', 'it''s -- no comment' \nFROM t",
                "CREATE PROCEDURE p() AS $$\nBEGIN\n  -- kept; here\n  x := 'a'';b';\nEND;\n$$ LANGUAGE plpgsql",
            ]
        );
    }
}
