# Three rows, three questions: is it keeping up, is anything lost, what does it cost.

locals {
  # A metric of a graph: [namespace, metric, dimension, value, {stat}].
  dashboard_rows = [
    {
      title = "Is it keeping up?"
      graphs = [
        { title = "Oldest message (s)", metrics = [
          ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.name, { stat = "Maximum" }],
        ] },
        { title = "Lag of S3 and our own (s)", metrics = [
          concat(local.own_graph["S3LagSeconds"], [{ stat = "p90" }]),
          concat(local.own_graph["OwnLagSeconds"], [{ stat = "p90" }]),
        ] },
        { title = "Age of what waits in Firehose (s)", metrics = [
          ["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", var.name, { stat = "Maximum" }],
        ] },
        { title = "Bytes into the stream and its quota a second", metrics = [
          ["AWS/Firehose", "IncomingBytes", "DeliveryStreamName", var.name, { stat = "Sum" }],
          ["AWS/Firehose", "BytesPerSecondLimit", "DeliveryStreamName", var.name, { stat = "Minimum", yAxis = "right" }],
        ] },
        { title = "Duration (ms) and concurrency", metrics = [
          ["AWS/Lambda", "Duration", "FunctionName", var.name, { stat = "Maximum" }],
          ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", var.name, { stat = "Maximum", yAxis = "right" }],
        ] },
        { title = "Held back", metrics = [
          concat(local.own_graph["Throttles"], [{ stat = "Sum" }]),
          concat(local.own_graph["RecordsRetried"], [{ stat = "Sum" }]),
          concat(local.own_graph["Continuations"], [{ stat = "Sum" }]),
          ["AWS/Firehose", "ThrottledRecords", "DeliveryStreamName", var.name, { stat = "Sum" }],
        ] },
      ]
    },
    {
      title = "Is anything lost?"
      graphs = [
        { title = "Lines and what became of them", metrics = [
          for m in ["Lines", "RowsDelivered", "RowsQuarantined", "RowsFiltered", "ConservationMismatch"] :
          concat(local.own_graph[m], [{ stat = "Sum" }])
        ] },
        { title = "Objects", metrics = [
          for m in ["ObjectsDone", "ObjectsFailed", "ObjectsMissing", "ObjectsRefused", "LedgerLost"] :
          concat(local.own_graph[m], [{ stat = "Sum" }]) if contains(keys(local.own_graph), m)
        ] },
        { title = "Dead-letter queue", metrics = [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${var.name}-dead-letter", { stat = "Maximum" }],
        ] },
        { title = "Delivery success", metrics = [
          ["AWS/Firehose", "DeliveryToS3.Success", "DeliveryStreamName", var.name, { stat = "Average" }],
          ["AWS/Firehose", "DeliveryToRedshift.Success", "DeliveryStreamName", var.name, { stat = "Average" }],
        ] },
      ]
    },
    {
      title = "What does it cost?"
      graphs = [
        { title = "Bytes in and billed Firehose units of 5 KB", metrics = [
          concat(local.own_graph["BytesRead"], [{ stat = "Sum" }]),
          concat(local.own_graph["BilledUnits5KB"], [{ stat = "Sum", yAxis = "right" }]),
        ] },
        { title = "Records delivered", metrics = [
          concat(local.own_graph["RecordsDelivered"], [{ stat = "Sum" }]),
        ] },
        { title = "Function time (ms)", metrics = [
          ["AWS/Lambda", "Duration", "FunctionName", var.name, { stat = "Sum" }],
          ["AWS/Lambda", "Invocations", "FunctionName", var.name, { stat = "Sum", yAxis = "right" }],
        ] },
        { title = "Most fields seen on one line", metrics = [
          concat(local.own_graph["TrailingFieldsMax"], [{ stat = "Maximum" }]),
        ] },
      ]
    },
  ]

  dashboard_body = {
    widgets = flatten([
      for y, row in local.dashboard_rows : concat(
        [{ type = "text", x = 0, y = y * 7, width = 24, height = 1, properties = { markdown = "## ${row.title}" } }],
        [for x, g in row.graphs : {
          type   = "metric"
          x      = x * (24 / length(row.graphs))
          y      = y * 7 + 1
          width  = 24 / length(row.graphs)
          height = 6
          properties = {
            title   = g.title
            region  = local.region
            view    = "timeSeries"
            period  = 300
            metrics = g.metrics
          }
        }],
      )
    ])
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.create_dashboard ? 1 : 0

  dashboard_name = "${var.name}-${local.region}"
  dashboard_body = jsonencode(local.dashboard_body)
}
