//! The calls.

use aws_sdk_cloudwatch::types::{Dimension, MetricDataQuery, MetricStat, ScanBy};
use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_types::DateTime;

use super::answers;
use super::clients::LookupClients;
use super::error::lookup_error;
use crate::ports::{
    Deployment, EventSourceFacts, FunctionFacts, Identity, LoggingFacts, LookupError, Metric,
    NotificationFacts, QueueFacts, StreamFacts,
};

/// The most pages of one answer: more is a service that does not end.
const PAGES_MAX: usize = 50;

impl Deployment for LookupClients {
    async fn identity(&self) -> Result<Identity, LookupError> {
        let output = self.sts.get_caller_identity().send().await;
        let output = output.map_err(|error| lookup_error(&error, "sts:GetCallerIdentity"))?;
        Ok(Identity {
            account_id: output.account().unwrap_or_default().to_owned(),
            arn: output.arn().unwrap_or_default().to_owned(),
            region: self.region.clone(),
        })
    }

    async fn queue(&self, url: &str) -> Result<QueueFacts, LookupError> {
        let call = self.common.sqs.get_queue_attributes().queue_url(url);
        let output = call.attribute_names(QueueAttributeName::All).send().await;
        let needs = "sqs:GetQueueAttributes on the queue";
        let output = output.map_err(|error| lookup_error(&error, needs))?;
        output.attributes().map(answers::queue).ok_or(LookupError::Missing)
    }

    async fn function(&self, name: &str) -> Result<FunctionFacts, LookupError> {
        let output = self.lambda.get_function_configuration().function_name(name).send().await;
        let needs = "lambda:GetFunctionConfiguration on the function";
        Ok(answers::function(&output.map_err(|error| lookup_error(&error, needs))?))
    }

    async fn recursion(&self, name: &str) -> Result<String, LookupError> {
        let output = self.lambda.get_function_recursion_config().function_name(name).send().await;
        let needs = "lambda:GetFunctionRecursionConfig on the function";
        let output = output.map_err(|error| lookup_error(&error, needs))?;
        Ok(output.recursive_loop().map(|one| one.as_str().to_owned()).unwrap_or_default())
    }

    async fn event_source(
        &self,
        function: &str,
        queue_arn: &str,
    ) -> Result<Option<EventSourceFacts>, LookupError> {
        let call = self.lambda.list_event_source_mappings().function_name(function);
        let output = call.event_source_arn(queue_arn).send().await;
        let output =
            output.map_err(|error| lookup_error(&error, "lambda:ListEventSourceMappings"))?;
        Ok(output.event_source_mappings().first().map(answers::event_source))
    }

    async fn notification(&self, bucket: &str) -> Result<NotificationFacts, LookupError> {
        let call = self.common.s3.get_bucket_notification_configuration().bucket(bucket);
        let needs = "s3:GetBucketNotification on the bucket";
        let output = call.send().await.map_err(|error| lookup_error(&error, needs))?;
        Ok(answers::notification(&output))
    }

    async fn logging(&self, bucket: &str) -> Result<Option<LoggingFacts>, LookupError> {
        let output = self.common.s3.get_bucket_logging().bucket(bucket).send().await;
        let needs = "s3:GetBucketLogging on the bucket";
        let output = output.map_err(|error| lookup_error(&error, needs))?;
        Ok(output.logging_enabled().map(|enabled| LoggingFacts {
            bucket: enabled.target_bucket().to_owned(),
            prefix: enabled.target_prefix().to_owned(),
        }))
    }

    async fn stream(&self, name: &str) -> Result<StreamFacts, LookupError> {
        let call = self.common.firehose.describe_delivery_stream().delivery_stream_name(name);
        let needs = "firehose:DescribeDeliveryStream on the stream";
        let output = call.send().await.map_err(|error| lookup_error(&error, needs))?;
        output.delivery_stream_description().map(answers::stream).ok_or(LookupError::Missing)
    }

    async fn metrics(
        &self,
        asked: &[Metric],
        from_unix_s: i64,
        to_unix_s: i64,
    ) -> Result<Vec<Vec<f64>>, LookupError> {
        let queries: Vec<_> =
            asked.iter().enumerate().map(|(at, metric)| query(at, metric)).collect();
        let mut values = vec![Vec::new(); asked.len()];
        let mut token = None;
        for _ in 0..PAGES_MAX {
            let call =
                self.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries.clone()));
            let call = call.start_time(DateTime::from_secs(from_unix_s));
            let call = call.end_time(DateTime::from_secs(to_unix_s)).set_next_token(token);
            let call = call.scan_by(ScanBy::TimestampDescending);
            let output = call.send().await;
            let output =
                output.map_err(|error| lookup_error(&error, "cloudwatch:GetMetricData"))?;
            for result in output.metric_data_results() {
                let at = result.id().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
                if let Some(list) = at.and_then(|at| values.get_mut(at)) {
                    list.extend_from_slice(result.values());
                }
            }
            token = output.next_token().map(str::to_owned).filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(values);
            }
        }
        Err(LookupError::Unavailable("the pages of metrics do not end".to_owned()))
    }

    async fn not_allowed(
        &self,
        role_arn: &str,
        actions: &[&str],
        resource_arn: &str,
    ) -> Result<Vec<String>, LookupError> {
        let call = self.iam.simulate_principal_policy().policy_source_arn(role_arn);
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        let call = call.set_action_names(Some(actions)).resource_arns(resource_arn);
        let needs = "iam:SimulatePrincipalPolicy on the role";
        let output = call.send().await.map_err(|error| lookup_error(&error, needs))?;
        let refused = output.evaluation_results().iter();
        let refused = refused
            .filter(|result| *result.eval_decision() != PolicyEvaluationDecisionType::Allowed);
        Ok(refused.map(|result| result.eval_action_name().to_owned()).collect())
    }
}

fn query(at: usize, metric: &Metric) -> MetricDataQuery {
    let (name, value) = &metric.dimension;
    let of = aws_sdk_cloudwatch::types::Metric::builder()
        .namespace(&metric.namespace)
        .metric_name(&metric.name)
        .dimensions(Dimension::builder().name(*name).value(value).build())
        .build();
    let stat = MetricStat::builder().metric(of).stat(metric.statistic);
    let stat = stat.period(i32::try_from(metric.period_s).unwrap_or(i32::MAX)).build();
    MetricDataQuery::builder().id(format!("m{at}")).metric_stat(stat).build()
}
