//! `logferry schema`: the table the rows go to.

use std::io::{Write as _, stdout};

use super::error::{Error, Exit};
use super::schema_args::{EraseArgs, LoadArgs, RetentionArgs, SchemaArgs, SchemaPart};
use crate::row::{column_list, column_reference};
use crate::table::{
    Dialect, Erasure, GuardedLoad, Unload, daily_sql, ddl, erasure, guarded_load, maintenance_sql,
    questions_sql, retention, table_sql, upgrade, views_sql,
};

pub(super) fn run(args: &SchemaArgs) -> Result<Exit, Error> {
    let text = match &args.what {
        SchemaPart::Ddl(args) => ddl(&args.names()),
        SchemaPart::Table(args) => table_sql(&args.names()),
        SchemaPart::Views(args) => views_sql(&args.names()),
        SchemaPart::Maintenance(args) => maintenance_sql(&args.names()),
        SchemaPart::Daily(args) => daily_sql(&args.names()),
        SchemaPart::Upgrade(args) => upgrade(&args.server.names(), &args.from)?,
        SchemaPart::Retention(args) => retention_sql(args)?,
        SchemaPart::Erase(args) => erasure_sql(args),
        SchemaPart::Questions(names) => questions_sql(&names.names(Dialect::Redshift, false)),
        SchemaPart::Load(args) => load_sql(args),
        SchemaPart::Columns => column_list() + "\n",
        SchemaPart::Markdown => column_reference(),
    };
    let written = stdout().write_all(text.as_bytes());
    written.map_err(|source| Error::Write { to: "standard output".into(), source })?;
    Ok(Exit::Done)
}

fn retention_sql(args: &RetentionArgs) -> Result<String, Error> {
    let names = args.server.names();
    let unload = args.unload_to.clone().zip(args.iam_role.clone());
    if unload.is_some() && names.dialect != Dialect::Redshift {
        return Err(Error::UnloadIsRedshifts);
    }
    let unload = unload.map(|(to, iam_role)| Unload { to, iam_role });
    Ok(retention(&names, args.days, unload.as_ref()))
}

fn erasure_sql(args: &EraseArgs) -> String {
    let requester = args.whose.requester.clone().map(Erasure::Requester);
    let address = args.whose.remote_ip.clone().map(Erasure::RemoteIp);
    // clap asks for exactly one.
    let whose = requester.or(address);
    whose.map(|whose| erasure(&args.server.names(), &whose)).unwrap_or_default()
}

fn load_sql(args: &LoadArgs) -> String {
    let load = GuardedLoad {
        manifest: args.manifest.clone(),
        source: args.source.clone(),
        iam_role: args.iam_role.clone(),
        options: args.options.clone(),
    };
    let statements = guarded_load(&args.names.names(Dialect::Redshift, false), &load);
    format!("BEGIN;\n{};\nCOMMIT;\n", statements.join(";\n"))
}
