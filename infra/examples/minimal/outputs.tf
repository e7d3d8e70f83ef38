output "logferry" {
  description = "Everything the module says."
  value       = module.logferry
}
