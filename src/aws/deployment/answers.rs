//! Answers of the services, reduced to facts.

use std::collections::HashMap;

use aws_sdk_firehose::types::{DeliveryStreamDescription, DestinationDescription};
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{EventSourceMappingConfiguration, FunctionResponseType};
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types::{Event, FilterRuleName, NotificationConfigurationFilter, S3KeyFilter};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use crate::ports::{
    CopyFacts, EventSourceFacts, FunctionFacts, NotificationFacts, NotificationTarget, QueueFacts,
    Redrive, StagingFacts, StreamFacts,
};

pub(super) fn queue(attributes: &HashMap<QueueAttributeName, String>) -> QueueFacts {
    let text = |name| attributes.get(&name).map(String::as_str).unwrap_or_default();
    let number = |name| text(name).parse().unwrap_or_default();
    QueueFacts {
        arn: text(QueueAttributeName::QueueArn).to_owned(),
        visibility_s: number(QueueAttributeName::VisibilityTimeout),
        retention_s: number(QueueAttributeName::MessageRetentionPeriod),
        waiting: number(QueueAttributeName::ApproximateNumberOfMessages),
        in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        redrive: redrive(text(QueueAttributeName::RedrivePolicy)),
    }
}

/// A redrive policy. Its count is a number or a text, as whoever wrote it had it.
fn redrive(policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let receives = policy.get("maxReceiveCount")?;
    let as_text = || receives.as_str().and_then(|text| text.parse().ok());
    Some(Redrive {
        target_arn: policy.get("deadLetterTargetArn")?.as_str()?.to_owned(),
        receives_max: receives.as_u64().or_else(as_text)?,
    })
}

pub(super) fn function(output: &GetFunctionConfigurationOutput) -> FunctionFacts {
    let variables = output.environment().and_then(|environment| environment.variables());
    FunctionFacts {
        state: output.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        state_reason: output.state_reason().map(str::to_owned),
        last_update: output
            .last_update_status()
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        architecture: output
            .architectures()
            .first()
            .map(|architecture| architecture.as_str().to_owned())
            .unwrap_or_default(),
        runtime: output.runtime().map(|runtime| runtime.as_str().to_owned()).unwrap_or_default(),
        timeout_s: output.timeout().and_then(|timeout| timeout.try_into().ok()).unwrap_or_default(),
        role_arn: output.role().unwrap_or_default().to_owned(),
        variables: variables.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
    }
}

pub(super) fn event_source(mapping: &EventSourceMappingConfiguration) -> EventSourceFacts {
    let number = |value: Option<i32>| value.and_then(|value| value.try_into().ok());
    EventSourceFacts {
        state: mapping.state().unwrap_or_default().to_owned(),
        batch_size: number(mapping.batch_size()).unwrap_or_default(),
        window_s: number(mapping.maximum_batching_window_in_seconds()).unwrap_or_default(),
        reports_items: mapping
            .function_response_types()
            .contains(&FunctionResponseType::ReportBatchItemFailures),
    }
}

pub(super) fn notification(output: &GetBucketNotificationConfigurationOutput) -> NotificationFacts {
    let queues = output
        .queue_configurations()
        .iter()
        .map(|one| target(one.queue_arn(), one.events(), one.filter()));
    let functions = output
        .lambda_function_configurations()
        .iter()
        .map(|one| target(one.lambda_function_arn(), one.events(), one.filter()));
    let topics = output
        .topic_configurations()
        .iter()
        .map(|one| target(one.topic_arn(), one.events(), one.filter()));
    NotificationFacts {
        eventbridge: output.event_bridge_configuration().is_some(),
        targets: queues.chain(functions).chain(topics).collect(),
    }
}

fn target(
    arn: &str,
    events: &[Event],
    filter: Option<&NotificationConfigurationFilter>,
) -> NotificationTarget {
    let rules = filter.and_then(|filter| filter.key()).map(S3KeyFilter::filter_rules);
    let mut rules = rules.into_iter().flatten();
    // S3 answers `Prefix` to whoever wrote `prefix`.
    let is_prefix =
        |name: &FilterRuleName| name.as_str().eq_ignore_ascii_case(FilterRuleName::Prefix.as_str());
    let prefix = rules.find(|rule| rule.name().is_some_and(is_prefix));
    NotificationTarget {
        arn: arn.to_owned(),
        events: events.iter().map(|event| event.as_str().to_owned()).collect(),
        prefix: prefix.and_then(|rule| rule.value()).unwrap_or_default().to_owned(),
    }
}

pub(super) fn stream(description: &DeliveryStreamDescription) -> StreamFacts {
    let failure = description.failure_description();
    let failure = failure.map(|one| format!("{}: {}", one.r#type().as_str(), one.details()));
    let facts = StreamFacts {
        status: description.delivery_stream_status().as_str().to_owned(),
        failure,
        ..StreamFacts::default()
    };
    match description.destinations().first() {
        Some(destination) => with_destination(facts, destination),
        None => facts,
    }
}

/// Firehose describes a destination of S3 twice; whatever else it has is none of ours.
fn with_destination(mut facts: StreamFacts, destination: &DestinationDescription) -> StreamFacts {
    if let Some(redshift) = destination.redshift_destination_description() {
        "redshift".clone_into(&mut facts.destination);
        redshift.role_arn().clone_into(&mut facts.role_arn);
        facts.staging = redshift.s3_destination_description().map(|s3| StagingFacts {
            bucket_arn: s3.bucket_arn().to_owned(),
            prefix: s3.prefix().unwrap_or_default().to_owned(),
            compression: s3.compression_format().as_str().to_owned(),
        });
        facts.copy = redshift.copy_command().map(|copy| CopyFacts {
            table: copy.data_table_name().to_owned(),
            columns: copy.data_table_columns().unwrap_or_default().to_owned(),
            options: copy.copy_options().unwrap_or_default().to_owned(),
        });
    } else if let Some(s3) = destination.extended_s3_destination_description() {
        "extended_s3".clone_into(&mut facts.destination);
        s3.role_arn().clone_into(&mut facts.role_arn);
        facts.staging = Some(StagingFacts {
            bucket_arn: s3.bucket_arn().to_owned(),
            prefix: s3.prefix().unwrap_or_default().to_owned(),
            compression: s3.compression_format().as_str().to_owned(),
        });
    }
    facts
}
