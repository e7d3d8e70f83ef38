//! All checks, in order: facts first, each asked for once, then what they come down to.

use super::check::{Absent, Check, Fact, exists, judge};
use super::metrics::{DAY_S, Values, wanted};
use super::serverless::cadence;
use super::settings::ExamineSettings;
use super::table::{IDS, checks, freshness, privileges};
use super::warehouse::rows;
use super::{buckets, function, manifests, permissions, queue, stream};
use crate::operate::stack::Stack;
use crate::ports::{Deployment, Identity, LookupError, ObjectListing, ObjectSource, Warehouse};
use crate::table::{newest_requests, relation_columns, table_privileges};

const IDENTITY: &str = "identity.account";

/// Examines a deployment; reads only. Without a warehouse what it would be asked is skipped. Of what is
/// left out nothing is asked that no other check needs.
pub async fn examine<D, L, S, W>(
    (deployment, listing, source): (&D, &L, &S),
    warehouse: Option<&W>,
    stack: &Stack,
    settings: &ExamineSettings,
) -> Vec<Check>
where
    D: Deployment,
    L: ObjectListing,
    S: ObjectSource,
    W: Warehouse,
{
    let mut found = Vec::new();
    if settings.wants(IDENTITY) {
        found.push(identity(stack, &deployment.identity().await.map_err(Absent::from)));
    }
    found.extend(path(deployment, stack, settings).await);
    found.extend(table(warehouse, stack, settings).await);
    if let Some(check) = cadence(warehouse, stack, settings).await {
        found.push(check);
    }
    found.push(manifests::check((listing, source), warehouse, stack, &settings.names).await);
    found.retain(|check| settings.wants(&check.id));
    found
}

fn identity(stack: &Stack, identity: &Fact<Identity>) -> Check {
    let id = IDENTITY;
    judge(id, identity, |facts| {
        let text = format!("{} in {}", facts.arn, facts.region);
        let other_account = stack.account_id.as_ref().filter(|ours| **ours != facts.account_id);
        let of_queue = stack.queue.arn.as_deref().and_then(|arn| arn.split(':').nth(3));
        let other_region = of_queue.filter(|region| *region != facts.region);
        if let Some(account) = other_account {
            let text = format!("{text}; the deployment is in account {account}");
            Check::fail(id, text, "--profile, or AWS_PROFILE")
        } else if let Some(region) = other_region {
            Check::fail(id, format!("{text}; the deployment is in {region}"), "--region")
        } else {
            Check::ok(id, text)
        }
    })
}

/// From the log bucket to the staging bucket.
async fn path(
    deployment: &impl Deployment,
    stack: &Stack,
    settings: &ExamineSettings,
) -> Vec<Check> {
    let queue =
        ask(named("queue.url", stack.queue.url.as_ref()), |url| deployment.queue(url)).await;
    let letters = &stack.dead_letter_queue.url;
    let letters =
        ask(named("dead_letter_queue.url", letters.as_ref()), |url| deployment.queue(url)).await;
    let function_name = || named("function.name", stack.function.name.as_ref());
    let function = ask(function_name(), |name| deployment.function(name)).await;
    let recursion = ask(function_name(), |name| deployment.recursion(name)).await;
    let source = match (function_name(), named("queue.arn", stack.queue.arn.as_ref())) {
        (Ok(name), Ok(arn)) => deployment.event_source(name, arn).await.map_err(Absent::from),
        (Err(absent), _) | (_, Err(absent)) => Err(absent),
    };
    let stream =
        ask(named("stream.name", stack.stream.name.as_ref()), |name| deployment.stream(name)).await;
    let metrics = metrics(deployment, stack, settings.now_unix_s).await;

    let told = function.as_ref().ok().map(|facts| facts.timeout_s).filter(|timeout| *timeout > 0);
    let timeout_s = told.or(stack.function.timeout);
    let window_s = source.as_ref().ok().and_then(Option::as_ref).map_or(0, |facts| facts.window_s);
    let mut found = queue::checks(stack, &queue, timeout_s, window_s, &metrics);
    found.extend(queue::dead_letters(&letters, &queue));
    found.extend(function::event_source(stack, &source));
    found.extend(function::checks(stack, &function, &recursion, &metrics));
    found.extend(of_buckets(deployment, stack, settings).await);
    let mut permitted = Vec::new();
    let needed = permissions::needed(stack, &function, &stream).into_iter();
    for needed in needed.filter(|needed| settings.wants(needed.id)) {
        let (role, resource) = (&needed.role_arn, &needed.resource_arn);
        let refused = deployment.not_allowed(role, needed.actions, resource).await;
        permitted.push((needed, refused.map_err(Absent::from)));
    }
    found.extend(permissions::checks(&permitted));
    found.extend(stream::checks(stack, &stream, &function, &metrics));
    found.extend(stream::losses(&metrics));
    found
}

async fn of_buckets(
    deployment: &impl Deployment,
    stack: &Stack,
    settings: &ExamineSettings,
) -> Vec<Check> {
    let mut found = Vec::new();
    let wanted = |group: &str, bucket: &str| settings.wants(&format!("{group}.{bucket}"));
    for bucket in stack.log_buckets.iter().filter(|one| wanted("notification", &one.bucket)) {
        let facts = deployment.notification(&bucket.bucket).await.map_err(Absent::from);
        found.push(buckets::notification(stack, bucket, &facts));
    }
    let logs = stack.log_buckets.iter().map(|bucket| &bucket.bucket);
    let all = stack.staging.bucket.iter().chain(logs);
    for bucket in all.filter(|bucket| wanted("loop", bucket)) {
        let facts = deployment.logging(bucket).await.map_err(Absent::from);
        found.push(buckets::logging(stack, bucket, &facts));
    }
    found
}

async fn metrics(deployment: &impl Deployment, stack: &Stack, now_unix_s: i64) -> Fact<Values> {
    let wanted = wanted(stack);
    if wanted.is_empty() {
        return Err(Absent::Unnamed("function.name"));
    }
    let asked: Vec<_> = wanted.iter().map(|(_, metric)| metric.clone()).collect();
    let values = deployment.metrics(&asked, now_unix_s - DAY_S, now_unix_s).await?;
    Ok(Values::new(&wanted, values))
}

fn named<'s>(field: &'static str, part: Option<&'s String>) -> Result<&'s str, Absent> {
    let part = part.map(String::as_str).filter(|part| !part.is_empty());
    part.ok_or(Absent::Unnamed(field))
}

/// Looks something up by its name, where that is known.
async fn ask<'s, T, F>(name: Result<&'s str, Absent>, look_up: impl FnOnce(&'s str) -> F) -> Fact<T>
where
    F: Future<Output = Result<T, LookupError>>,
{
    match name {
        Ok(name) => look_up(name).await.map_err(Absent::from),
        Err(absent) => Err(absent),
    }
}

async fn table<W: Warehouse>(
    warehouse: Option<&W>,
    stack: &Stack,
    settings: &ExamineSettings,
) -> Vec<Check> {
    let names = &settings.names;
    let columns = rows(warehouse, relation_columns(names)).await;
    let [first, others @ ..] = IDS;
    let Ok(columns) = columns else {
        let mut found = vec![exists(first, &columns, |_| Check::ok(first, ""))];
        found.extend(others.map(|id| Check::skip(id, format!("see {first}"))));
        return found;
    };
    let mut found = checks(names, &columns);
    if found.first().is_none_or(|check| check.remedy.is_some()) {
        return found;
    }
    let privileged = rows(warehouse, table_privileges(names)).await;
    found.push(judge("table.privileges", &privileged, |rows| privileges(rows)));
    let newest = rows(warehouse, newest_requests(names)).await;
    let (buckets, now) = (&stack.log_buckets, settings.now_unix_s);
    match &newest {
        Ok(rows) => found.extend(freshness(buckets, rows, settings.freshness, now)),
        Err(_) => found.push(judge("freshness", &newest, |_| Check::ok("freshness", ""))),
    }
    found
}
