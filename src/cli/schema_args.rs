//! The arguments of `logferry schema`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::s3_place::S3Place;
use crate::table::{Dialect, SqlNames, upgrade};

/// The table the rows go to: its SQL, and what keeps it in order
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry schema ddl | psql \"host=logs.redshift.example.com port=5439\"
  logferry schema ddl --schema logs --table s3_access_log --replace
  logferry schema ddl --dialect duckdb | duckdb logs.duckdb
  logferry schema upgrade --from 0.1.0
  logferry schema retention --days 400
  logferry schema columns")]
pub(super) struct SchemaArgs {
    #[command(subcommand)]
    pub(super) what: SchemaPart,
}

#[derive(Debug, Subcommand)]
pub(super) enum SchemaPart {
    /// Tables, views and procedures
    Ddl(DdlArgs),
    /// The tables alone
    Table(DdlArgs),
    /// The views alone
    Views(DdlArgs),
    /// The procedures that remove copies (Redshift and PostgreSQL)
    Maintenance(ServerArgs),
    /// A materialized view of requests by day, for those who want one (Redshift and PostgreSQL)
    Daily(ServerArgs),
    /// What leads from the table of an earlier version to this one (Redshift and PostgreSQL)
    Upgrade(UpgradeArgs),
    /// What deletes rows by age, after a copy to S3 where asked for (Redshift and PostgreSQL)
    Retention(RetentionArgs),
    /// What deletes the rows of one requester or address (Redshift and PostgreSQL)
    Erase(EraseArgs),
    /// What people ask of access logs, each with its statement
    Questions(NameArgs),
    /// The statements that load a manifest once, to be run in one transaction (Redshift)
    Load(LoadArgs),
    /// The columns of a row for Firehose's `DataTableColumns`, comma separated
    Columns,
    /// The column reference as Markdown
    Markdown,
}

#[derive(Debug, ClapArgs)]
pub(super) struct NameArgs {
    /// Schema to qualify the names with [for Redshift: public]
    #[arg(long, value_name = "NAME", value_parser = identifier)]
    schema: Option<String>,

    /// Name of the table, and prefix of the names of views and procedures
    #[arg(long, value_name = "NAME", default_value = "s3_access_log", value_parser = identifier)]
    table: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct DdlArgs {
    #[command(flatten)]
    names: NameArgs,

    /// Whose SQL it is to be
    #[arg(long, value_enum, default_value_t = AnyDialect::Redshift)]
    dialect: AnyDialect,

    /// Replace views that exist and have the same columns
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ServerArgs {
    #[command(flatten)]
    names: NameArgs,

    /// Whose SQL it is to be
    #[arg(long, value_enum, default_value_t = ServerDialect::Redshift)]
    dialect: ServerDialect,
}

#[derive(Debug, ClapArgs)]
pub(super) struct UpgradeArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,

    /// Version of logferry that made the table
    #[arg(long, value_name = "VERSION", value_parser = release)]
    pub(super) from: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RetentionArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,

    /// How many whole days of requests stay
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(super) days: u32,

    /// Copy the rows below this S3 prefix, as Parquet, before they are deleted (Redshift)
    #[arg(long, value_name = "S3-URL", requires = "iam_role", value_parser = s3_prefix)]
    pub(super) unload_to: Option<String>,

    /// Role that Redshift writes with
    #[arg(long, value_name = "ARN", requires = "unload_to")]
    pub(super) iam_role: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct EraseArgs {
    #[command(flatten)]
    pub(super) server: ServerArgs,

    #[command(flatten)]
    pub(super) whose: Whose,
}

#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub(super) struct Whose {
    /// Canonical user id or ARN, exactly as in the column `requester`
    #[arg(long, value_name = "ID")]
    pub(super) requester: Option<String>,

    /// Address, exactly as in the column `remote_ip`
    #[arg(long, value_name = "ADDRESS")]
    pub(super) remote_ip: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct LoadArgs {
    #[command(flatten)]
    pub(super) names: NameArgs,

    /// `s3://` URL of the manifest
    #[arg(long, value_name = "S3-URL", value_parser = s3_url)]
    pub(super) manifest: String,

    /// Role that Redshift reads with
    #[arg(long, value_name = "ARN")]
    pub(super) iam_role: String,

    /// What to note as the source of the rows
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    pub(super) source: String,

    /// The other COPY options, as the module's output `copy_options` has them
    #[arg(long, value_name = "SQL", default_value = "JSON 'auto' GZIP TIMEFORMAT 'auto'")]
    pub(super) options: String,
}

/// Every database that has a form of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AnyDialect {
    Redshift,
    Postgres,
    Sqlite,
    #[value(name = "duckdb")]
    DuckDb,
}

/// Those with procedures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ServerDialect {
    Redshift,
    Postgres,
}

impl NameArgs {
    pub(super) fn names(&self, dialect: Dialect, replace: bool) -> SqlNames {
        let public = (dialect == Dialect::Redshift).then(|| "public".to_owned());
        let schema = self.schema.clone().or(public);
        SqlNames { schema, table: self.table.clone(), replace, dialect }
    }
}

impl DdlArgs {
    pub(super) fn names(&self) -> SqlNames {
        let dialect = match self.dialect {
            AnyDialect::Redshift => Dialect::Redshift,
            AnyDialect::Postgres => Dialect::Postgres,
            AnyDialect::Sqlite => Dialect::Sqlite,
            AnyDialect::DuckDb => Dialect::DuckDb,
        };
        self.names.names(dialect, self.replace)
    }
}

impl ServerArgs {
    pub(super) fn names(&self) -> SqlNames {
        let dialect = match self.dialect {
            ServerDialect::Redshift => Dialect::Redshift,
            ServerDialect::Postgres => Dialect::Postgres,
        };
        self.names.names(dialect, false)
    }
}

/// Longest name that Redshift keeps, in bytes.
/// Source: Amazon Redshift Database Developer Guide, "Names and identifiers".
const IDENTIFIER_BYTES_MAX: usize = 127;

/// Longest name of a table: the longest name made of it must fit as well.
const TABLE_BYTES_MAX: usize = 100;
const _: () = assert!(TABLE_BYTES_MAX + crate::table::SUFFIX_BYTES_MAX <= IDENTIFIER_BYTES_MAX);

/// A name that needs no quotes in SQL. COPY matches JSON keys to lower-case columns only.
fn identifier(name: &str) -> Result<String, String> {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let word = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
    if starts && name.len() <= TABLE_BYTES_MAX && name.chars().all(word) {
        Ok(name.to_owned())
    } else {
        Err("want lower-case letters, digits and underscores, not a digit first, at most 100"
            .into())
    }
}

fn release(version: &str) -> Result<String, String> {
    let way = upgrade(&SqlNames::default(), version);
    way.map(|_| version.to_owned()).map_err(|error| error.to_string())
}

fn s3_url(url: &str) -> Result<String, String> {
    let place = S3Place::below_a_bucket(url);
    let place = place.ok_or("want s3://BUCKET/KEY")?;
    Ok(format!("s3://{}/{}", place.bucket, place.prefix))
}

fn s3_prefix(url: &str) -> Result<String, String> {
    let url = s3_url(url)?;
    if url.ends_with('/') { Ok(url) } else { Err("want s3://BUCKET/PREFIX/".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_need_no_quotes_are_taken() {
        let longest = "a".repeat(TABLE_BYTES_MAX);
        for name in ["s3_access_log", "_logs", "a", "a1", &longest] {
            assert_eq!(identifier(name).as_deref(), Ok(name));
        }
        for name in ["", "1a", "Logs", "a-b", "a b", "a;drop", "é", &format!("{longest}a")] {
            assert!(identifier(name).is_err(), "{name}");
        }
    }

    #[test]
    fn only_urls_of_s3_are_taken() {
        assert!(
            s3_url("s3://staging/manifests/1").is_ok() && s3_prefix("s3://archive/2026/").is_ok()
        );
        for url in ["staging/1", "s3://staging", "s3:///1", "https://staging/1", "s3://staging/"] {
            assert!(s3_url(url).is_err(), "{url}");
        }
        assert!(s3_prefix("s3://archive/2026").is_err());
    }
}
