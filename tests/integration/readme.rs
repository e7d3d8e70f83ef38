//! What README.md shows is what logferry does.

use logferry::access_log::lines;
use logferry::row::{Origin, RowEncoder, RowOptions};
use serde_json::Value;

const README: &str = include_str!("../../README.md");

#[test]
fn the_line_becomes_the_row() {
    let after = |text: &'static str, mark: &str| text.split_once(mark).unwrap().1;
    let block = after(after(README, "A line of a log"), "```\n");
    let (line, rest) = block.split_once("```").unwrap();
    let shown = after(rest, "```json\n").split_once("```").unwrap().0;
    let shown: Value = serde_json::from_str(shown).unwrap();

    let origin = Origin::new(Some("amber-logs"), shown["log_key"].as_str().unwrap());
    let (line, mut row) = (lines(line.as_bytes()).next().unwrap(), Vec::new());
    RowEncoder::new(RowOptions::default()).encode(&line, &origin, &mut row);
    assert_eq!(serde_json::from_slice::<Value>(&row).unwrap(), shown);
}
