//! The choices about rows as flags, for every verb that makes rows.

use clap::Args;

use crate::row::{AnonymiseIp, DropColumns, RowOptions, SecretNames};

/// What rows hold; see docs/settings.md
#[derive(Debug, Args)]
pub(super) struct RowArgs {
    /// Keep the secrets of signed URLs (X-Amz-Signature and the like) readable
    #[arg(long)]
    keep_secrets: bool,

    /// Names of further parameters whose values are masked, comma separated
    #[arg(long, value_name = "NAMES", conflicts_with = "keep_secrets")]
    secret_names: Option<SecretNames>,

    /// Columns to leave out of the rows, comma separated
    #[arg(long, value_name = "COLUMNS")]
    drop_columns: Option<DropColumns>,

    /// What is kept of clients' addresses: none changes nothing, truncate keeps /24 and /48
    #[arg(long, value_name = "HOW", default_value = "none")]
    anonymise_ip: AnonymiseIp,
}

impl RowArgs {
    /// The choices as the encoder takes them.
    pub(super) fn options(&self) -> RowOptions {
        RowOptions {
            mask_secrets: !self.keep_secrets,
            secret_names: self.secret_names.clone().unwrap_or_default(),
            drop_columns: self.drop_columns.unwrap_or_default(),
            anonymise_ip: self.anonymise_ip,
        }
    }
}
