output "eventbridge_commands" {
  description = "Commands that make the bucket send to EventBridge, keeping its other notifications."
  value       = module.logferry.eventbridge_commands
}
