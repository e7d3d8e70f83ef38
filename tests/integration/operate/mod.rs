//! The operator's verbs: their engines on fakes, and the program against services on loopback.

mod backfill;
mod fakes;
mod keys;
mod kill;
mod planning;
mod sending;
mod services;
