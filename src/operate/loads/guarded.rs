//! A manifest loaded once, in one transaction.

use crate::operate::error::OperateError;
use crate::ports::{Value, Warehouse, WarehouseError, rows_of};
use crate::table::{GuardedLoad, SqlNames, guarded_load_of, loaded_rows, noted_loads};

/// How rows get into the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadSettings {
    /// What the table is called.
    pub names: SqlNames,
    /// ARN of the role that Redshift reads S3 with.
    pub iam_role: String,
    /// The options of COPY.
    pub options: String,
    /// Who loads, as the table of loads says it.
    pub source: &'static str,
}

/// What became of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadedNow {
    /// It was loaded, so many rows.
    Rows(u64),
    /// Somebody had loaded it before; nothing was loaded now.
    Before,
}

/// The statements that load a manifest on behalf of `covered`, each of which is loaded once; the
/// manifest itself where nothing is covered.
#[must_use]
pub fn load_statements(settings: &LoadSettings, manifest: &str, covered: &[String]) -> Vec<String> {
    let load = GuardedLoad {
        manifest: manifest.to_owned(),
        source: settings.source.to_owned(),
        iam_role: settings.iam_role.clone(),
        options: settings.options.clone(),
    };
    guarded_load_of(&settings.names, &load, covered)
}

/// Loads a manifest, unless it or something it covers was loaded before. A service that did not answer
/// may have loaded it: the same call tells.
///
/// # Errors
/// [`OperateError::Warehouse`].
pub async fn load_manifest(
    warehouse: &impl Warehouse,
    settings: &LoadSettings,
    manifest: &str,
    covered: &[String],
) -> Result<LoadedNow, OperateError> {
    let mut statements = load_statements(settings, manifest, covered);
    statements.push(loaded_rows(&settings.names, manifest));
    match rows_of(warehouse, &statements).await {
        Ok(rows) => {
            let rows = rows.first().and_then(|row| row.first()).and_then(Value::whole);
            Ok(LoadedNow::Rows(rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0)))
        }
        Err(WarehouseError::DoneBefore) => Ok(LoadedNow::Before),
        Err(source) => Err(OperateError::Warehouse { asked: "load the manifest", source }),
    }
}

/// What the table of loads says was loaded: of each manifest or file its URL, who loaded it, how many
/// rows, and when.
pub(super) async fn noted(
    warehouse: &impl Warehouse,
    names: &SqlNames,
) -> Result<Vec<Vec<Value>>, OperateError> {
    let asked = "ask the table of loads what was loaded (it comes with `logferry schema ddl`)";
    let rows = rows_of(warehouse, &[noted_loads(names)]).await;
    rows.map_err(|source| OperateError::Warehouse { asked, source })
}
