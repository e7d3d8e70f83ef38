//! Questions to the warehouse, as facts.

use super::check::{Absent, Fact};
use crate::ports::{LookupError, Value, Warehouse, WarehouseError, rows_of};

/// The rows of a question to the warehouse.
pub(super) async fn rows<W: Warehouse>(
    warehouse: Option<&W>,
    sql: String,
) -> Fact<Vec<Vec<Value>>> {
    let Some(warehouse) = warehouse else { return Err(Absent::NoWarehouse) };
    rows_of(warehouse, &[sql]).await.map_err(|error| {
        Absent::Lookup(match error {
            WarehouseError::Unavailable(why) => LookupError::Unavailable(why),
            error => LookupError::Refused(error.to_string()),
        })
    })
}
