# Addresses that changed, so that an upgrade moves them instead of replacing what stands behind them.

moved {
  from = aws_iam_role.function
  to   = aws_iam_role.function[0]
}

moved {
  from = aws_iam_role_policy.function
  to   = aws_iam_role_policy.function[0]
}

moved {
  from = aws_iam_role.firehose
  to   = aws_iam_role.firehose[0]
}

moved {
  from = aws_iam_role_policy.firehose
  to   = aws_iam_role_policy.firehose[0]
}

moved {
  from = aws_cloudwatch_metric_alarm.quarantine_ratio[0]
  to   = aws_cloudwatch_metric_alarm.ratio["quarantine-ratio"]
}
