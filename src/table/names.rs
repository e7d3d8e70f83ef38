//! What the table is called, and where it stands.

use super::dialect::{CREATE_REPEATABLE, Dialect};

/// What the table is called, in which database, and how its views are created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlNames {
    /// Schema to qualify every name with. Redshift wants one: its late-binding views look nowhere else.
    pub schema: Option<String>,
    /// Name of the table and prefix of the names of views and procedures.
    pub table: String,
    /// Views that exist are replaced.
    pub replace: bool,
    /// Whose SQL it is to be.
    pub dialect: Dialect,
}

impl Default for SqlNames {
    fn default() -> Self {
        let table = "s3_access_log".into();
        Self { schema: None, table, replace: false, dialect: Dialect::Redshift }
    }
}

impl SqlNames {
    /// The table's name, qualified.
    #[must_use]
    pub fn qualified(&self) -> String {
        let schema = self.schema.as_deref().map(|schema| format!("{schema}."));
        format!("{}{}", schema.unwrap_or_default(), self.table)
    }

    /// Statements of a file with these names, as the dialect says them; nothing of those it has no
    /// word for.
    pub(super) fn fill(&self, sql: &str) -> Option<String> {
        let mut sql = sql.replace("{table}", &self.qualified());
        if !self.replace {
            sql = sql.replacen(CREATE_REPEATABLE, "CREATE VIEW", 1);
        }
        self.dialect.translate(&sql)
    }
}

/// A text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
