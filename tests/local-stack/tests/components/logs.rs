//! What a function writes, read as CloudWatch reads it.

use local_stack::lambda::Logs;

#[test]
fn metrics_are_read_from_the_embedded_format_only() {
    let logs = Logs::default();
    logs.take(r#"{"Rows":7}"#.to_owned());
    logs.take("plain text".to_owned());
    let directive = r#"{"CloudWatchMetrics":[{"Namespace":"x","Dimensions":[[]],"Metrics":[{"Name":"Rows"},{"Name":"Lag"}]}]}"#;
    logs.take(format!(r#"{{"_aws":{directive},"Rows":3,"Lag":[1.5,2.5],"Other":9}}"#));
    logs.take(format!(r#"{{"_aws":{directive},"Rows":4}}"#));
    assert_eq!(logs.metric("Rows"), [3.0, 4.0]);
    assert_eq!(logs.metric("Lag"), [1.5, 2.5]);
    assert_eq!(logs.metric_names(), ["Lag", "Rows"]);
    assert_eq!(logs.lines().len(), 4);
}
