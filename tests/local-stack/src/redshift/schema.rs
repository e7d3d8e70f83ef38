//! The DDL: which columns the table has.
//!
//! How other databases say the same is [`logferry::table::Dialect`]'s to know. A type or attribute
//! that is not known here is an error, not a guess.

use logferry::table::split;

use super::Error;

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text of at most this many bytes.
    Varchar(usize),
    /// Two bytes.
    Smallint,
    /// Four bytes.
    Integer,
    /// Eight bytes.
    Bigint,
    /// True or false.
    Boolean,
    /// An instant without a zone.
    Timestamp,
    /// A number of so many digits, so many of them behind the point.
    Decimal(usize, usize),
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
}

/// The table of a DDL.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The table's name.
    pub table: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Every statement of the DDL, as Redshift has it.
    pub(super) statements: Vec<String>,
}

impl Schema {
    /// Reads a DDL whose first table is the one that rows are loaded into.
    ///
    /// # Errors
    /// When there is no table, or something in one is not known.
    pub fn parse(ddl: &str) -> Result<Self, Error> {
        let statements = split(ddl);
        let tables = statements.iter().filter(|statement| statement.starts_with("CREATE TABLE"));
        let tables =
            tables.map(|statement| parse_table(statement)).collect::<Result<Vec<_>, _>>()?;
        match tables.into_iter().next() {
            Some((table, columns)) => Ok(Self { table, columns, statements }),
            None => Err(Error::Ddl("a CREATE TABLE is expected".to_owned())),
        }
    }
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
    };
    while let Some(word) = words.next() {
        match word.to_ascii_uppercase().as_str() {
            "NOT" if words.next().is_some_and(|word| word.eq_ignore_ascii_case("NULL")) => {
                column.not_null = true;
            }
            "DEFAULT" if words.next().is_some() => {}
            "NULL" => {}
            other => {
                return Err(Error::Ddl(format!("the attribute {other} of {name} is not known")));
            }
        }
    }
    Ok(column)
}

/// A type as a catalogue gives it: by Redshift's name or by the one of the database underneath.
pub(super) fn catalogue_type(text: &str) -> Result<(Type, String), Error> {
    let upper = text.to_ascii_uppercase();
    let name = match upper.as_str() {
        "TIMESTAMP WITHOUT TIME ZONE" => "TIMESTAMP".to_owned(),
        // What SQLite makes of a query's columns.
        "TEXT" | "CHARACTER VARYING" | "" => "VARCHAR(65535)".to_owned(),
        "INT" => "BIGINT".to_owned(),
        _ => upper.replace("CHARACTER VARYING", "VARCHAR").replace("NUMERIC", "DECIMAL"),
    };
    Ok((parse_type(&name)?, name))
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
    let digits = upper.strip_prefix("DECIMAL(").and_then(|rest| rest.strip_suffix(')'));
    if let Some((precision, scale)) = digits.and_then(|digits| digits.split_once(','))
        && let (Ok(precision), Ok(scale)) = (precision.trim().parse(), scale.trim().parse())
    {
        return Ok(Type::Decimal(precision, scale));
    }
    match upper.as_str() {
        "SMALLINT" => Ok(Type::Smallint),
        "INTEGER" => Ok(Type::Integer),
        "BIGINT" => Ok(Type::Bigint),
        "BOOLEAN" => Ok(Type::Boolean),
        "TIMESTAMP" => Ok(Type::Timestamp),
        _ => Err(Error::Ddl(format!("the type {text} is not known"))),
    }
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
