output "logferry" {
  description = "Everything the module says."
  value       = module.logferry
}

output "operator" {
  description = "What the command-line tool needs to know: terraform output -raw operator > logferry.json."
  value       = module.logferry.operator
}

output "eventbridge_commands" {
  description = "For each bucket the commands that make it send to EventBridge, keeping its other notifications."
  value       = module.logferry.eventbridge_commands
}

output "copy_role_arn" {
  description = "ARN of the role to attach to the namespace."
  value       = module.logferry.copy_role_arn
}

output "copy_job_sql" {
  description = "SQL of the COPY JOB; run it when the role is attached and the integration is active."
  value       = module.logferry.copy_job_sql
}
