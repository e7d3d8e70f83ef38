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
