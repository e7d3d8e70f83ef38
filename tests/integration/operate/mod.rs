//! The operator's verbs: their engines on fakes, and the program against services on loopback.
#![expect(clippy::cast_precision_loss, reason = "small numbers")]

mod backfill;
mod fakes;
mod keys;
mod kill;
mod letters;
mod planning;
mod quarantine;
mod sending;
mod services;
