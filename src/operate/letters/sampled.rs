//! Some of the messages, grouped by what holds for them and by bucket.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use super::judge::{Judged, Reason, judge};
use super::received::received;
use crate::operate::error::OperateError;
use crate::ports::{DeadLetters, ObjectSource, QueueWatch};

/// Objects that are looked at together.
const LOOKS: usize = 8;

/// Messages alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What holds for them.
    pub reason: Reason,
    /// The bucket of their objects.
    pub bucket: String,
    /// How many.
    pub messages: u64,
    /// When the oldest was sent first, in seconds since 1970.
    pub oldest_unix_s: Option<i64>,
    /// An object of one of them, and what was said of it.
    pub example: Option<String>,
    /// What the service, or we, said of one of them.
    pub said: Option<String>,
}

/// What some of the messages are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// In the order of the reasons.
    pub groups: Vec<Group>,
    /// Messages that were looked at.
    pub messages: u64,
    /// Messages that waited in the queue before, about.
    pub waiting: u64,
}

/// Receives up to so many messages and judges them. They are seen again by others after
/// 30 s; nothing is sent or deleted.
///
/// # Errors
/// [`OperateError::Queue`].
pub async fn sample(
    source: &impl ObjectSource,
    letters: &(impl DeadLetters + QueueWatch),
    most: usize,
) -> Result<Sample, OperateError> {
    let asked = |asked| move |source| OperateError::Queue { asked, source };
    let waiting = letters.waiting().await.map_err(asked("count the dead letters"))?;
    let received = received(letters, most).await?;
    let judged: Vec<(Judged, Option<i64>)> = stream::iter(&received)
        .map(|letter| async move { (judge(source, letter).await, letter.sent_unix_s) })
        .buffered(LOOKS)
        .collect()
        .await;
    let messages = received.len() as u64;
    Ok(Sample { groups: groups(judged), messages, waiting })
}

fn groups(judged: Vec<(Judged, Option<i64>)>) -> Vec<Group> {
    let mut groups: BTreeMap<(Reason, String), Group> = BTreeMap::new();
    for (judged, sent) in judged {
        let Judged { reason, bucket, objects, said } = judged;
        let group = groups.entry((reason, bucket.clone())).or_insert_with(|| Group {
            reason,
            bucket,
            messages: 0,
            oldest_unix_s: None,
            example: objects.into_iter().next(),
            said,
        });
        group.messages += 1;
        group.oldest_unix_s = [group.oldest_unix_s, sent].into_iter().flatten().min();
    }
    groups.into_values().collect()
}
