//! Blocks of lines to rows: what each core does.

use std::io;
use std::sync::Arc;

use super::blocks::Block;
use super::compress::{Stored, store};
use super::csv::CsvForm;
use super::explain::Explanation;
use super::format::Compression;
use super::ledger::{Ledger, Place};
use crate::access_log::lines;
use crate::filter::Filters;
use crate::row::{RowEncoder, RowOptions};

/// What became of a block.
pub(super) struct Converted {
    pub(super) rows: Vec<u8>,
    /// The rows as they are stored, unless that is as they are.
    pub(super) stored: io::Result<Option<Stored>>,
    pub(super) ledger: Ledger,
    pub(super) explanation: Option<Explanation>,
}

/// How blocks become rows.
#[derive(Clone, Copy)]
pub(super) struct Plan<'p> {
    pub(super) options: &'p RowOptions,
    pub(super) filters: &'p Filters,
    /// Where the rows are written as CSV.
    pub(super) csv: Option<&'p CsvForm>,
    pub(super) compression: Compression,
    /// Whether to note what every rule does.
    pub(super) explain: bool,
}

/// Makes rows of blocks. Owns the buffers that are reused.
pub(super) struct Converter<'p> {
    plan: Plan<'p>,
    encoder: RowEncoder,
}

impl<'p> Converter<'p> {
    pub(super) fn new(plan: Plan<'p>) -> Self {
        Self { plan, encoder: RowEncoder::new(plan.options.clone()) }
    }

    pub(super) fn convert(&mut self, block: &Block) -> Converted {
        let Self { plan, encoder } = self;
        // Rows are about two thirds longer than their lines: one that grows is copied.
        let mut rows = Vec::with_capacity(2 * block.bytes().len());
        let mut ledger = Ledger::default();
        ledger.bytes = block.size;
        let mut explanation = plan.explain.then(|| Explanation::of(plan.filters));
        for line in lines(block.bytes()).starting_at(block.offset).cut_in(block.overlong) {
            if line.is_blank() {
                ledger.blank += 1;
                continue;
            }
            let place = || Place { path: Arc::clone(&block.path), offset: line.offset };
            // By reference: an entry is half a kilobyte to move.
            let parsed = encoder.parse(&line);
            let entry = match &parsed {
                Ok(entry) => entry,
                Err(reason) => {
                    encoder.write_quarantined(*reason, &line, &block.origin, &mut rows);
                    ledger.count_quarantined(*reason, place);
                    continue;
                }
            };
            let id = encoder.record_id(&line);
            let decision = plan.filters.decide(entry, id);
            let begin = rows.len();
            if decision.keep || explanation.is_some() {
                encoder.write_row(entry, id, line.offset, &block.origin, &mut rows);
            }
            if let Some(explanation) = &mut explanation {
                let matching = plan.filters.matching(entry);
                explanation.count(matching, decision, place);
            }
            if decision.keep {
                ledger.count_typed(entry.request_time);
            } else {
                if let Some(explanation) = &mut explanation {
                    explanation.take_dropped(rows.get(begin..).unwrap_or_default());
                }
                rows.truncate(begin);
                ledger.count_filtered();
            }
        }
        ledger.check_output(&rows);
        let stored = match plan.csv.map(|csv| csv.rows(&rows)).transpose() {
            Ok(Some(csv)) => Ok(Some(store(plan.compression, &csv).unwrap_or_else(|| csv.into()))),
            Ok(None) => Ok(store(plan.compression, &rows)),
            Err(error) => Err(error),
        };
        Converted { rows, stored, ledger, explanation }
    }
}
