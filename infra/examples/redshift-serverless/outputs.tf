output "user_sql" {
  description = "SQL of the user Firehose logs in with; run it once after the first apply."
  value       = module.logferry.user_sql
}
