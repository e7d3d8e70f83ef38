//! The plan of a backfill, for programs.

use serde_json::{Map, Value, json};

use super::plan_report::{Report, parts};
use crate::operate::backfill::Plan;

impl Report<'_> {
    pub(super) fn json(&self) -> Value {
        let counts = &self.seen.counts;
        let modes = self.plan.as_ref().map(modes);
        let shape = self.sampled.shape;
        json!({
            "type": "plan",
            "inventory": self.inventory.map(|age| {
                json!({"created_unix_s": age.created_unix_s, "age_s": age.seconds})
            }),
            "objects": counts.objects,
            "bytes": self.plan.as_ref().map(|plan| plan.bytes),
            "largest_bytes": self.seen.largest_bytes,
            "outside": counts.outside,
            "undated": counts.undated,
            "empty": counts.empty,
            "archived": counts.archived,
            "rows_estimate": self.plan.as_ref().map(|plan| plan.rows),
            "ratio": shape.map(|shape| shape.row_bytes / shape.line_bytes),
            "sampled": self.sampled.objects,
            "not_sampled": self.sampled.failed.iter().map(|(key, error)| {
                json!({"key": key, "error": error.to_string()})
            }).collect::<Vec<_>>(),
            "modes": modes,
            "prices": {"date": self.prices.date, "region": self.prices.region},
        })
    }
}

/// Each way for programs.
fn modes(plan: &Plan) -> Value {
    let named = |parts: Vec<(&str, Option<f64>)>, total: f64| {
        let used = parts.into_iter().filter_map(|(name, usd)| Some((name, usd?)));
        let all = used.chain([("total", total + plan.listing)]);
        let all = all.map(|(name, usd)| (name.to_lowercase().replace(' ', "_"), Value::from(usd)));
        all.collect::<Map<_, _>>()
    };
    let parts = parts(plan);
    let queue = parts.iter().map(|(name, queue, _)| (*name, *queue)).collect();
    let copy = parts.iter().map(|(name, _, copy)| (*name, *copy)).collect();
    let copying = &plan.copying;
    json!([
        {
            "mode": "queue",
            "usd": named(queue, plan.cost.total()),
            "seconds": plan.seconds,
        },
        {
            "mode": "copy",
            "usd": named(copy, copying.total()),
            "seconds": copying.seconds,
            "loads": copying.loads,
            "transfer_out_usd": copying.transfer_out,
        },
    ])
}
