//! `logferry schema`: the table the rows go to.

use std::io::{Write as _, stdout};

use super::args::{SchemaArgs, SchemaPart};
use super::error::{Error, Exit};
use crate::row::{SqlNames, column_list, column_reference, ddl, table_sql, views_sql};

pub(super) fn run(args: &SchemaArgs) -> Result<Exit, Error> {
    let names =
        SqlNames { schema: args.schema.clone(), table: args.table.clone(), replace: args.replace };
    let text = match args.what {
        SchemaPart::Ddl => ddl(&names),
        SchemaPart::Table => table_sql(&names),
        SchemaPart::Views => views_sql(&names),
        SchemaPart::Columns => column_list() + "\n",
        SchemaPart::Markdown => column_reference(),
    };
    let written = stdout().write_all(text.as_bytes());
    written.map_err(|source| Error::Write { to: "standard output".into(), source })?;
    Ok(Exit::Done)
}
