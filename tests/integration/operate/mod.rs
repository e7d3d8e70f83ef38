//! The operator's verbs: their engines on fakes, and the program against services on loopback.
#![expect(clippy::cast_precision_loss, reason = "small numbers")]

mod auditing;
mod backfill;
mod doctor;
mod fakes;
mod inventory;
mod keys;
mod kill;
mod letters;
mod loading;
mod moving;
mod planning;
mod quarantine;
mod queues;
mod sending;
mod services;
mod stores;
