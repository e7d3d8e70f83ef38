//! What README.md shows is what logferry does.

use logferry::access_log::LineSplitter;
use logferry::row::{Origin, RowEncoder, RowOptions};
use serde_json::Value;

const README: &str = include_str!("../README.md");

#[test]
fn the_line_becomes_the_row() {
    let after = |text: &'static str, mark: &str| text.split_once(mark).unwrap().1;
    let block = after(after(README, "A line of a log"), "```\n");
    let (line, rest) = block.split_once("```").unwrap();
    let shown = after(rest, "```json\n").split_once("```").unwrap().0;
    let shown: Value = serde_json::from_str(shown).unwrap();

    let origin = Origin::new(Some("amber-logs"), shown["log_key"].as_str().unwrap());
    let (mut splitter, mut chunk, mut row) = (LineSplitter::new(), line.as_bytes(), Vec::new());
    let line = splitter.next_line(&mut chunk).unwrap();
    RowEncoder::new(RowOptions::default()).encode(&line, &origin, |_, _| true, &mut row);
    assert_eq!(serde_json::from_slice::<Value>(&row).unwrap(), shown);
}
