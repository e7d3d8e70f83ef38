//! Loads: each file and each manifest once, however many load and whatever is lost on the way.

use std::time::Duration;

use logferry::operate::OperateError;
use logferry::operate::loads::{
    LoadSettings, LoadState, LoadedNow, Loading, StagedPlace, failed_loads, load_all_staged,
    load_manifest, merge, staged_loads,
};
use logferry::ports::WarehouseError;
use logferry::table::SqlNames;
use tokio::sync::watch;
use tokio::time::sleep;

use super::stores::{Buckets, Fate, Table};

const PLACE: StagedPlace<'_> =
    StagedPlace { bucket: "staging", prefix: "rows/", manifests: "replay/load/" };

fn settings() -> LoadSettings {
    LoadSettings {
        names: SqlNames::default(),
        iam_role: "arn:aws:iam::123456789012:role/copy".to_owned(),
        options: "JSON 'auto' GZIP".to_owned(),
        source: "load",
    }
}

fn table() -> (Buckets, Table) {
    let buckets = Buckets::default();
    let takes = Duration::from_millis(100);
    let table = Table { buckets: buckets.clone(), takes, ..Table::default() };
    *table.errors.lock().unwrap() = Some(Vec::new());
    (buckets, table)
}

/// A file of two rows.
fn stage(buckets: &Buckets, name: &str) {
    buckets.put("staging", &format!("rows/{name}"), "{}\n{}\n");
}

fn stage_all(buckets: &Buckets, names: &[&str]) {
    for name in names {
        stage(buckets, name);
    }
}

fn go_on() -> watch::Receiver<bool> {
    watch::channel(false).1
}

/// Loads, and gives whether it came to the end, with what became of each load: its files and rows.
async fn load(
    table: &Table,
    stop: &watch::Receiver<bool>,
) -> (bool, Vec<(usize, Result<LoadedNow, String>)>) {
    let mut ended = Vec::new();
    let told = |loading: Loading<'_>| {
        if let Loading::Ended(load, outcome) = loading {
            let outcome = outcome.map_err(|error: OperateError| error.to_string());
            ended.push((load.files.len(), outcome));
        }
    };
    let ports = (&table.buckets, &table.buckets, table);
    let end = load_all_staged(ports, PLACE, &settings(), stop, told).await.unwrap();
    (end, ended)
}

/// The files that the table of loads has, without manifests, in order.
fn noted(table: &Table) -> Vec<String> {
    let loads = table.loads.lock().unwrap();
    let files = loads.iter().filter_map(|(url, ..)| url.strip_prefix("s3://staging/rows/"));
    let mut files: Vec<String> = files.map(str::to_owned).collect();
    files.sort_unstable();
    files
}

#[tokio::test(start_paused = true)]
async fn two_that_see_different_files_load_each_once() {
    let (buckets, table) = table();
    stage_all(&buckets, &["1", "2"]);
    let stop = go_on();
    let later = async {
        sleep(Duration::from_millis(20)).await;
        stage(&buckets, "3");
        load(&table, &stop).await
    };
    let ((one_ended, one), (two_ended, two)) = tokio::join!(load(&table, &stop), later);
    assert!(one_ended && two_ended);
    assert_eq!(one, [(2, Ok(LoadedNow::Rows(4)))]);
    // The second one saw all three, was too late for two of them, and loads the third.
    assert_eq!(two, [(3, Ok(LoadedNow::Before)), (1, Ok(LoadedNow::Rows(2)))]);
    assert_eq!(noted(&table), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_loads_nothing_twice() {
    let (buckets, table) = table();
    stage_all(&buckets, &["1", "2"]);
    table.fates.lock().unwrap().push_back(Fate::AnswerLost);
    let (_, ended) = load(&table, &go_on()).await;
    assert!(ended[0].1.is_err(), "{ended:?}");
    let (_, again) = load(&table, &go_on()).await;
    assert_eq!(again, []);
    assert_eq!(noted(&table), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_fails_keeps_the_others_from_nothing() {
    let (buckets, table) = table();
    // More than fit into two loads.
    (0..900).for_each(|number| stage(&buckets, &format!("{number:04}")));
    let failed = WarehouseError::Failed("String length exceeds DDL length".to_owned());
    table.fates.lock().unwrap().push_back(Fate::Fails(failed));
    let (end, ended) = load(&table, &go_on()).await;
    let files: Vec<usize> = ended.iter().map(|(files, _)| *files).collect();
    let is_loaded: Vec<bool> = ended.iter().map(|(_, outcome)| outcome.is_ok()).collect();
    assert_eq!((end, files), (true, vec![400, 400, 100]));
    assert_eq!(is_loaded, [false, true, true]);
    assert_eq!(noted(&table).len(), 500);
    let plan = staged_loads((&buckets, &table), "staging", "rows/", &settings()).await.unwrap();
    assert_eq!(plan.iter().map(|load| load.files.len()).sum::<usize>(), 400);
}

#[tokio::test(start_paused = true)]
async fn names_however_long_fit_the_statements() {
    let (buckets, table) = table();
    // As long as keys are, and half of it quotes.
    let name = |number: u32| format!("{number:04}{}{}", "'".repeat(490), "x".repeat(500));
    (0..300).for_each(|number| stage(&buckets, &name(number)));
    let (end, ended) = load(&table, &go_on()).await;
    assert!(end && ended.iter().all(|(_, outcome)| outcome.is_ok()), "{ended:?}");
    assert_eq!(noted(&table).len(), 300);
}

#[tokio::test(start_paused = true)]
async fn stopped_it_ends_behind_the_load_under_way_and_goes_on() {
    let (buckets, table) = table();
    (0..900).for_each(|number| stage(&buckets, &format!("{number:04}")));
    let (stop, stopped) = watch::channel(false);
    let halt = async {
        sleep(Duration::from_millis(150)).await;
        stop.send_replace(true);
    };
    let ((end, ended), ()) = tokio::join!(load(&table, &stopped), halt);
    assert_eq!((end, ended.len(), noted(&table).len()), (false, 2, 800));
    let (end, ended) = load(&table, &go_on()).await;
    assert_eq!((end, ended), (true, vec![(100, Ok(LoadedNow::Rows(200)))]));
    assert_eq!(noted(&table).len(), 900);
}

#[tokio::test(start_paused = true)]
async fn manifests_are_told_by_what_became_of_them() {
    let (buckets, table) = table();
    stage_all(&buckets, &["a", "b", "o'brien"]);
    let manifest = |files: &[&str]| {
        let entry = |file: &&str| format!(r#"{{"url":"s3://staging/rows/{file}"}}"#);
        let entries: Vec<String> = files.iter().map(entry).collect();
        format!(r#"{{"entries":[{}]}}"#, entries.join(","))
    };
    for (name, text) in [
        ("1", manifest(&["a", "o'brien"])),
        ("2", manifest(&["b"])),
        ("3", manifest(&["a", "gone"])),
        ("4", "no manifest".to_owned()),
        ("5", manifest(&[])),
    ] {
        buckets.put("staging", &format!("rows/errors/{name}"), text);
    }
    let url = |name: &str| format!("s3://staging/rows/errors/{name}");
    let done = load_manifest(&table, &settings(), &url("2"), &[]).await.unwrap();
    assert_eq!(done, LoadedNow::Rows(2));
    let why = ("s3://staging/rows/o'brien".to_owned(), "String length".to_owned());
    *table.errors.lock().unwrap() = Some(vec![why]);
    let find = || async {
        let (ports, names) = ((&buckets, &buckets, &table), SqlNames::default());
        failed_loads(ports, "staging", "rows/errors/", &names).await.unwrap()
    };
    let found = find().await;
    let states: Vec<&LoadState> = found.iter().map(|load| &load.state).collect();
    assert_eq!(states[0], &LoadState::ToLoad);
    assert!(matches!(states[1], LoadState::Loaded { rows: Some(2), .. }), "{states:?}");
    let gone = vec!["s3://staging/rows/gone".to_owned()];
    assert_eq!(states[2], &LoadState::Lost { gone });
    assert_eq!(states[3..], [&LoadState::NoManifest, &LoadState::NoManifest]);
    assert_eq!(found[0].cause.as_deref(), Some("String length (key)"));
    assert_eq!((found[0].bytes, found[0].files.len()), (12, 2));
    // Whoever may not ask for causes sees the same states.
    *table.errors.lock().unwrap() = None;
    let blind = find().await;
    assert!(blind.iter().all(|load| load.cause.is_none()));
    assert!(blind.iter().zip(&found).all(|(one, other)| one.state == other.state));
}

#[tokio::test(start_paused = true)]
async fn a_merged_load_and_its_parts_are_loaded_once_between_them() {
    let (buckets, table) = table();
    stage_all(&buckets, &["a", "b"]);
    for name in ["a", "b"] {
        let text = format!(r#"{{"entries":[{{"url":"s3://staging/rows/{name}"}}]}}"#);
        buckets.put("staging", &format!("rows/errors/{name}"), text);
    }
    let covered = ["a", "b"].map(|name| format!("s3://staging/rows/errors/{name}"));
    let files = ["a", "b"].map(|name| format!("s3://staging/rows/{name}"));
    let merged = merge(&buckets, "staging", "replay/", &files, covered.to_vec()).await.unwrap();
    let again = merge(&buckets, "staging", "replay/", &files, covered.to_vec()).await.unwrap();
    assert_eq!(merged, again, "the same files give the same manifest");
    let settings = settings();
    let all = load_manifest(&table, &settings, &merged.manifest, &merged.covered);
    let part = load_manifest(&table, &settings, &covered[0], &[]);
    let (all, part) = tokio::join!(all, part);
    let outcomes = [all.unwrap(), part.unwrap()];
    assert!(outcomes.contains(&LoadedNow::Before), "{outcomes:?}");
    let loads = table.loads.lock().unwrap();
    let once = covered.iter().all(|one| loads.iter().filter(|(url, ..)| url == one).count() <= 1);
    assert!(once, "{loads:?}");
}
