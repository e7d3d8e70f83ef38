//! The arguments of every verb that asks the warehouse.

use clap::Args;

use crate::operate::{Redshift, Stack};
use crate::table::{Dialect, SqlNames};

/// Which warehouse, and how rows get in
#[derive(Debug, Args)]
#[command(next_help_heading = "Warehouse [default: the stack file's]")]
pub(super) struct WarehouseArgs {
    /// Serverless workgroup
    #[arg(long, value_name = "NAME", conflicts_with = "cluster")]
    workgroup: Option<String>,

    /// Provisioned cluster
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,

    /// Database
    #[arg(long, value_name = "NAME")]
    database: Option<String>,

    /// Secret with user and password
    #[arg(long, value_name = "ARN")]
    secret_arn: Option<String>,

    /// User of a cluster, where there is no secret
    #[arg(long, value_name = "NAME")]
    db_user: Option<String>,

    /// Schema of the table
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,

    /// Name of the table
    #[arg(long, value_name = "NAME")]
    table_name: Option<String>,
}

/// How rows get in
#[derive(Debug, Args)]
#[command(next_help_heading = "Warehouse [default: the stack file's]")]
pub(super) struct CopyArgs {
    /// Role that Redshift reads the staging bucket with
    #[arg(long, value_name = "ARN")]
    copy_role: Option<String>,

    /// The options of COPY
    #[arg(long, value_name = "SQL")]
    copy_options: Option<String>,
}

impl WarehouseArgs {
    /// The flags as they were given, for a command that is printed.
    pub(super) fn flags(&self) -> Vec<String> {
        let flags = [
            ("--workgroup", &self.workgroup),
            ("--cluster", &self.cluster),
            ("--database", &self.database),
            ("--secret-arn", &self.secret_arn),
            ("--db-user", &self.db_user),
            ("--schema", &self.schema),
            ("--table-name", &self.table_name),
        ];
        let given =
            flags.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value.clone()?]));
        given.flatten().collect()
    }

    /// Puts the flags over the stack file's values.
    pub(super) fn over(&self, stack: &mut Stack) {
        let redshift = &mut stack.redshift;
        if self.workgroup.is_some() || self.cluster.is_some() {
            redshift.workgroup.clone_from(&self.workgroup);
            redshift.cluster_identifier.clone_from(&self.cluster);
        }
        let flags = [
            (&self.database, &mut redshift.database),
            (&self.secret_arn, &mut redshift.secret_arn),
            (&self.db_user, &mut redshift.db_user),
            (&self.schema, &mut redshift.schema),
            (&self.table_name, &mut redshift.table),
        ];
        put(flags);
    }
}

impl CopyArgs {
    /// Puts the flags over the stack file's values.
    pub(super) fn over(&self, stack: &mut Stack) {
        let redshift = &mut stack.redshift;
        put([
            (&self.copy_role, &mut redshift.copy_role_arn),
            (&self.copy_options, &mut redshift.copy_options),
        ]);
    }
}

fn put<'a>(flags: impl IntoIterator<Item = (&'a Option<String>, &'a mut Option<String>)>) {
    for (flag, value) in flags {
        if flag.is_some() {
            value.clone_from(flag);
        }
    }
}

/// What the table is called.
pub(super) fn names(redshift: &Redshift) -> SqlNames {
    let defaults = SqlNames::default();
    SqlNames {
        schema: Some(redshift.schema.clone().unwrap_or_else(|| "public".to_owned())),
        table: redshift.table.clone().unwrap_or(defaults.table),
        replace: false,
        dialect: Dialect::Redshift,
    }
}
