//! Rules against real lines, and the mistakes a list of rules can have.

use super::{Decision, FilterError, Filters};
use crate::access_log::{Line, Parser};
use crate::row::RecordId;

const LINE: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be \
    example-bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/test \
    3E57427F3EXAMPLE REST.GET.OBJECT tmp/a%2Bb \"GET /example-bucket/tmp/a%2Bb HTTP/1.1\" 404 \
    NoSuchKey 113 - 7 - \"-\" \"S3Console/0.4\" - hostid= SigV4 ECDHE-RSA-AES128-GCM-SHA256 \
    AuthHeader example-bucket.s3.eu-west-1.amazonaws.com TLSv1.2 - -";

fn keeps(rules: &str) -> bool {
    let filters = Filters::from_json(rules).unwrap();
    let line = Line { bytes: LINE.as_bytes(), offset: 0, overlong: None };
    let mut parser = Parser::default();
    let entry = parser.parse(&line).unwrap();
    filters.keep(&entry, RecordId::of(line.bytes))
}

fn mistakes(rules: &str) -> Vec<String> {
    let FilterError { mistakes } = Filters::from_json(rules).unwrap_err();
    mistakes
}

#[test]
fn each_condition_matches_its_field() {
    for condition in [
        r#""operation": "REST.GET.*""#,
        r#""operation": ["REST.PUT.*", "REST.GET.OBJECT"]"#,
        r#""status": 404"#,
        r#""status": "4xx""#,
        r#""status": ["200", "40?"]"#,
        r#""bucket": "example-*""#,
        r#""key_prefix": "tmp/""#,
        r#""requester": "*:user/test""#,
        r#""operation": "*", "status": "404", "bucket": "*", "key_prefix": "t", "requester": "*""#,
    ] {
        assert!(!keeps(&format!(r#"[{{{condition}, "action": "drop"}}]"#)), "{condition}");
    }
    for condition in [
        r#""operation": "REST.GET""#,
        r#""operation": "rest.get.object""#,
        r#""status": "5xx""#,
        r#""status": "-""#,
        r#""bucket": "other""#,
        r#""key_prefix": "mp/""#,
        r#""requester": "-""#,
        r#""operation": "*", "status": "200""#,
    ] {
        assert!(keeps(&format!(r#"[{{{condition}, "action": "drop"}}]"#)), "{condition}");
    }
}

#[test]
fn the_first_rule_that_matches_decides() {
    assert!(keeps("[]"));
    assert!(keeps(
        r#"[{"status": "4xx", "action": "keep"}, {"operation": "*", "action": "drop"}]"#
    ));
    assert!(!keeps(
        r#"[{"status": "2xx", "action": "keep"}, {"operation": "*", "action": "drop"}]"#
    ));
    assert!(keeps(r#"[{"operation": "*", "action": "sample", "one_in": 1}]"#));
}

#[test]
fn a_decision_names_its_rule_and_all_that_match() {
    let rules = r#"[{"status": "5xx", "action": "keep"},
                    {"key_prefix": "tmp/", "action": "drop"},
                    {"operation": "*", "action": "keep"}]"#;
    let filters = Filters::from_json(rules).unwrap();
    let line = Line { bytes: LINE.as_bytes(), offset: 0, overlong: None };
    let mut parser = Parser::default();
    let entry = parser.parse(&line).unwrap();
    let decision = filters.decide(&entry, RecordId::of(line.bytes));
    assert_eq!(decision, Decision { keep: false, rule: Some(1) });
    assert_eq!(filters.matching(&entry).collect::<Vec<_>>(), [1, 2]);
    let text: serde_json::Value = serde_json::from_str(filters.texts().nth(1).unwrap()).unwrap();
    assert_eq!(text, serde_json::json!({"key_prefix": "tmp/", "action": "drop"}));
    let none = Filters::default().decide(&entry, RecordId::of(line.bytes));
    assert_eq!(none, Decision { keep: true, rule: None });
}

#[test]
fn every_mistake_is_named_with_its_rule() {
    let all = mistakes(
        r#"[{"operation": "*", "action": "dorp"},
            {"action": "drop"},
            {"opreation": "*", "action": "drop"},
            {"operation": [], "action": "drop"},
            {"operation": "", "action": "drop"},
            {"status": "40", "action": "drop"},
            {"operation": "*", "action": "sample"},
            {"operation": "*", "action": "sample", "one_in": 0},
            {"operation": "*", "action": "drop", "one_in": 5},
            7]"#,
    );
    for rule in 1..=10 {
        let place = format!("rule {rule}: ");
        assert!(all.iter().any(|mistake| mistake.starts_with(&place)), "{place}{all:?}");
    }
    assert_eq!(mistakes("{}").len(), 1);
    assert_eq!(mistakes("[").len(), 1);
}

#[test]
fn the_example_of_the_reference_is_valid() {
    let reference = include_str!("../../docs/filters.md");
    let example = reference.split("```").nth(1).unwrap().trim_start_matches("json");
    assert!(Filters::from_json(example).is_ok());
}
