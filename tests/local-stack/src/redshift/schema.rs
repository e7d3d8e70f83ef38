//! The DDL: which columns the table has, and the same DDL for a database that is not Redshift.
//!
//! Only Redshift's table attributes (`DISTSTYLE`, `DISTKEY`, `SORTKEY`, `ENCODE`, `BACKUP`) are
//! taken away, and `DEFAULT sysdate` becomes `DEFAULT CURRENT_TIMESTAMP`. Everything else runs as
//! it stands; a type or attribute that is not known here is an error, not a guess.

use super::Error;

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text of at most this many bytes.
    Varchar(usize),
    /// Two bytes.
    Smallint,
    /// Eight bytes.
    Bigint,
    /// True or false.
    Boolean,
    /// An instant without a zone.
    Timestamp,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, lower case.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// The type as the DDL writes it.
    pub kind_sql: String,
    /// Whether it refuses NULL.
    pub not_null: bool,
    /// Its default, where it has one.
    pub default: Option<String>,
}

/// The table of a DDL.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The table's name.
    pub table: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Every statement of the DDL, without what only Redshift knows.
    pub(super) statements: Vec<String>,
}

impl Schema {
    /// Reads a DDL with one table and any number of views.
    ///
    /// # Errors
    /// When there is not exactly one table, or something in it is not known.
    pub fn parse(ddl: &str) -> Result<Self, Error> {
        let mut tables = Vec::new();
        let mut statements = Vec::new();
        for statement in split_statements(ddl) {
            if statement.to_ascii_uppercase().starts_with("CREATE TABLE") {
                let (table, columns) = parse_table(&statement)?;
                statements.push(portable_table(&table, &columns));
                tables.push((table, columns));
            } else {
                statements.push(statement);
            }
        }
        let mut tables = tables.into_iter();
        match (tables.next(), tables.next()) {
            (Some((table, columns)), None) => Ok(Self { table, columns, statements }),
            _ => Err(Error::Ddl("one CREATE TABLE is expected".to_owned())),
        }
    }
}

/// Statements without comments, split at semicolons outside of quotes.
fn split_statements(ddl: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    for line in ddl.lines() {
        let mut quoted = false;
        let mut previous = ' ';
        for character in line.chars() {
            if character == '\'' {
                quoted = !quoted;
            }
            let Some(statement) = statements.last_mut() else { break };
            if character == '-' && previous == '-' && !quoted {
                statement.pop();
                break;
            }
            if character == ';' && !quoted {
                statements.push(String::new());
            } else {
                statement.push(character);
            }
            previous = character;
        }
        if let Some(statement) = statements.last_mut() {
            statement.push('\n');
        }
    }
    let trimmed = statements.iter().map(|statement| statement.trim().to_owned());
    trimmed.filter(|statement| !statement.is_empty()).collect()
}

fn parse_table(statement: &str) -> Result<(String, Vec<Column>), Error> {
    let wrong = |what: &str| Error::Ddl(format!("{what} in: {statement}"));
    let (head, rest) = statement.split_once('(').ok_or_else(|| wrong("no column list"))?;
    let name = head.split_whitespace().last().ok_or_else(|| wrong("no table name"))?;
    let (body, attributes) = split_at_close(rest).ok_or_else(|| wrong("an open bracket"))?;
    check_attributes(attributes)?;
    let columns = split_at_commas(body).into_iter().map(parse_column).collect::<Result<_, _>>()?;
    Ok((name.to_owned(), columns))
}

fn check_attributes(attributes: &str) -> Result<(), Error> {
    let upper = attributes.to_ascii_uppercase();
    let known = [
        "DISTSTYLE",
        "AUTO",
        "EVEN",
        "ALL",
        "KEY",
        "DISTKEY",
        "SORTKEY",
        "COMPOUND",
        "INTERLEAVED",
        "ENCODE",
        "BACKUP",
        "YES",
        "NO",
    ];
    // What stands in brackets are names of columns.
    let words = upper
        .split('(')
        .flat_map(|part| part.rsplit(')').next().unwrap_or_default().split_whitespace());
    for word in words {
        if !known.contains(&word) {
            return Err(Error::Ddl(format!("the table attribute {word} is not known")));
        }
    }
    Ok(())
}

fn parse_column(text: &str) -> Result<Column, Error> {
    let mut words = text.split_whitespace();
    let (Some(name), Some(kind_sql)) = (words.next(), words.next()) else {
        return Err(Error::Ddl(format!("no type in the column {text}")));
    };
    let mut column = Column {
        name: name.to_ascii_lowercase(),
        kind: parse_type(kind_sql)?,
        kind_sql: kind_sql.to_owned(),
        not_null: false,
        default: None,
    };
    while let Some(word) = words.next() {
        match word.to_ascii_uppercase().as_str() {
            "NOT" if words.next().is_some_and(|word| word.eq_ignore_ascii_case("NULL")) => {
                column.not_null = true;
            }
            "DEFAULT" => column.default = words.next().map(str::to_owned),
            "ENCODE" if words.next().is_some() => {}
            "DISTKEY" | "SORTKEY" | "NULL" => {}
            other => {
                return Err(Error::Ddl(format!("the attribute {other} of {name} is not known")));
            }
        }
    }
    Ok(column)
}

fn parse_type(text: &str) -> Result<Type, Error> {
    let upper = text.to_ascii_uppercase();
    let width = upper.strip_prefix("VARCHAR(").and_then(|rest| rest.strip_suffix(')'));
    if let Some(width) = width.and_then(|width| width.parse().ok()) {
        // Redshift's widest.
        return if (1..=65_535).contains(&width) {
            Ok(Type::Varchar(width))
        } else {
            Err(Error::Ddl(format!("the width of {text} is not within 1 and 65535")))
        };
    }
    match upper.as_str() {
        "SMALLINT" => Ok(Type::Smallint),
        "BIGINT" => Ok(Type::Bigint),
        "BOOLEAN" => Ok(Type::Boolean),
        "TIMESTAMP" => Ok(Type::Timestamp),
        _ => Err(Error::Ddl(format!("the type {text} is not known"))),
    }
}

fn portable_table(table: &str, columns: &[Column]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| {
            let not_null = if column.not_null { " NOT NULL" } else { "" };
            let default = match column.default.as_deref() {
                Some(default) if default.eq_ignore_ascii_case("sysdate") => {
                    " DEFAULT CURRENT_TIMESTAMP".to_owned()
                }
                Some(default) => format!(" DEFAULT {default}"),
                None => String::new(),
            };
            format!("{} {}{not_null}{default}", column.name, column.kind_sql)
        })
        .collect();
    format!("CREATE TABLE IF NOT EXISTS {table} (\n{}\n)", columns.join(",\n"))
}

/// Splits at the bracket that closes an open one.
fn split_at_close(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    None
}

/// Splits at commas outside of brackets.
fn split_at_commas(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
    .collect()
}
