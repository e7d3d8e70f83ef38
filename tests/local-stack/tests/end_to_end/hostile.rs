//! Hostile lines into the table, and every column of every one of them back out equal.

use local_stack::stack::Stack;
use logferry::access_log::lines;

use crate::sample::{hostile_log, log};
use crate::{Trial, corpus};

#[tokio::test(flavor = "multi_thread")]
async fn the_hostile_corpus_comes_back_out_equal() {
    let mut trial = Trial::start(Stack::builder()).await;
    let corpus = corpus::log();
    let cases = lines(&corpus).count();
    assert!(cases > 65, "{cases} cases");
    trial.put("hostile/corpus", [corpus, hostile_log(1, 1000, 300)].concat()).await;
    trial.clean().await;
    assert!(trial.expected.typed > 40 && trial.expected.quarantined > 20);
    let differences = trial.expected.differences(&trial.stack.warehouse).await.unwrap();
    assert_eq!(differences, [""; 0]);
    assert_eq!(trial.stream().copies_failed, 0);
    assert_eq!(trial.metric("RowsQuarantined"), trial.expected.quarantined);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_text_are_rows_too() {
    let mut trial = Trial::start(Stack::builder()).await;
    let good = || log(31, 1).strip_suffix(b"\n").unwrap().to_vec();
    let mut log = Vec::new();
    for middle in [
        b"\xFF\xFE\x00 not UTF-8 \x0C form feed \xC2\x85 next line".to_vec(),
        vec![b'x'; 300_000],
        "\u{FDD0}\u{FFFF}\u{1FFFE}".into(),
        b"\r".to_vec(),
        Vec::new(),
        b"  \t ".to_vec(),
    ] {
        log.extend([good(), b"\r\n".to_vec(), middle, b"\n".to_vec()].concat());
    }
    log.extend(good());
    trial.put("no text\u{1F980}", log).await;
    trial.clean().await;
    assert_eq!((trial.expected.typed, trial.expected.quarantined, trial.expected.blank), (7, 3, 3));
    let differences = trial.expected.differences(&trial.stack.warehouse).await.unwrap();
    assert_eq!(differences, [""; 0]);
}
