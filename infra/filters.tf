# The rules of settings.filters, held to what the binary takes (src/filter/parse.rs) as far as this language can tell: a rule it
# refuses would stop the function at its start, after the apply.

locals {
  filter_conditions = ["operation", "status", "bucket", "key_prefix", "requester"]

  filter_is_list = can(regex("^\\s*\\[", var.settings.filters)) && can(jsondecode(var.settings.filters))
  filter_rules   = local.filter_is_list ? [for r in try(jsondecode(var.settings.filters), []) : jsonencode(r)] : []

  # Of each rule its fields, each field as JSON: values of different types have no common one.
  filter_fields = [for r in local.filter_rules : try({ for k, v in jsondecode(r) : k => jsonencode(v) if startswith(r, "{") }, {})]

  # The patterns of each condition, as JSON: a text or number stands for a list of one.
  filter_patterns = [for fields in local.filter_fields : {
    for name, value in fields : name => startswith(value, "[") ? [for p in jsondecode(value) : jsonencode(p)] : tolist([value])
    if contains(local.filter_conditions, name)
  }]

  filter_mistakes = concat(
    local.filter_is_list ? [] : ["not a JSON list of rules"],
    length(local.filter_rules) <= 64 ? [] : ["more than 64 rules"],
    flatten([for i, fields in local.filter_fields : [for what in concat(
      startswith(local.filter_rules[i], "{") ? [] : ["not an object"],
      [for f in setsubtract(keys(fields), concat(local.filter_conditions, ["action", "one_in"])) : "unknown field ${f}"],
      length(local.filter_patterns[i]) > 0 ? [] : ["no condition (to match every line: operation = \"*\")"],
      contains(["\"keep\"", "\"drop\"", "\"sample\""], lookup(fields, "action", "")) ? [] : ["action must be keep, drop or sample"],
      lookup(fields, "action", "") != "\"sample\"" && contains(keys(fields), "one_in") ? ["one_in belongs to the action sample only"] : [],
      lookup(fields, "action", "") == "\"sample\"" && !can(regex("^[1-9][0-9]{0,9}$", lookup(fields, "one_in", ""))) ? ["sample needs one_in, a whole number from 1 on"] : [],
      [
        for name, patterns in local.filter_patterns[i] : "${name} must be a text, or 1 to 64 of them"
        if length(patterns) == 0 || length(patterns) > 64 || !alltrue([for p in patterns : can(regex("^(\".+\"|-?[0-9].*)$", p))])
      ],
      [
        for p in lookup(local.filter_patterns[i], "status", []) : "status ${p} must look like 404, 4xx or -"
        if !can(regex("^(\"([0-9x?]{3}|-)\"|[0-9]{3})$", p))
      ],
    ) : "rule ${i + 1}: ${what}"]]),
  )
}
