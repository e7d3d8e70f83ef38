//! `logferry schema` and its mistakes. What it prints is kept by `golden`, and run by `tests/table/run`.

use std::process::Command;

/// Exit code, standard output and standard error.
fn schema(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_logferry")).arg("schema").args(args).output();
    let output = output.expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_mistake_is_told_and_nothing_is_printed_to_run() {
    let mistakes: [(&[&str], i32, &str); 10] = [
        (
            &["upgrade", "--from", "9.9.9"],
            2,
            "there is no table of version 9.9.9; there are those of",
        ),
        (&["upgrade"], 2, "--from <VERSION>"),
        (
            &["upgrade", "--from", "0.1.0", "--dialect", "sqlite"],
            2,
            "possible values: redshift, postgres",
        ),
        (&["ddl", "--table", "Logs"], 2, "want lower-case letters"),
        (&["retention", "--days", "0"], 2, "0 is not in 1..=36500"),
        (&["retention", "--days", "9", "--unload-to", "s3://archive/2026/"], 2, "--iam-role <ARN>"),
        (
            &["retention", "--days", "9", "--unload-to", "archive/", "--iam-role", "arn"],
            2,
            "want s3://BUCKET/KEY",
        ),
        (
            &[
                "retention",
                "--days",
                "9",
                "--unload-to",
                "s3://a/b/",
                "--iam-role",
                "arn",
                "--dialect",
                "postgres",
            ],
            3,
            "UNLOAD is Redshift's; leave --unload-to out",
        ),
        (&["erase"], 2, "--requester <ID>"),
        (&["erase", "--requester", "a", "--remote-ip", "192.0.2.1"], 2, "cannot be used with"),
    ];
    for (args, code, words) in mistakes {
        let (found, out, err) = schema(args);
        assert_eq!((found, out.as_str()), (Some(code), ""), "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
}

#[test]
fn names_are_qualified_in_redshift_always_and_elsewhere_when_asked_for() {
    let (_, redshift, _) = schema(&["ddl"]);
    assert!(redshift.contains("CREATE VIEW public.s3_access_log_distinct AS"));
    assert_eq!(redshift.matches("WITH NO SCHEMA BINDING;").count(), logferry::table::VIEWS.len());
    let (_, postgres, _) = schema(&["ddl", "--dialect", "postgres"]);
    assert!(postgres.contains("CREATE VIEW s3_access_log_distinct AS"));
    let (_, named, _) =
        schema(&["ddl", "--dialect", "sqlite", "--schema", "main", "--table", "logs"]);
    assert!(
        named.contains("CREATE VIEW main.logs_distinct AS") && !named.contains("s3_access_log")
    );
}
