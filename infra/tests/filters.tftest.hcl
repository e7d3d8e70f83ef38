# Filters as the binary takes them, and the mistakes with which it would not start.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  package_path = "./tests/fixtures/package.txt"
  log_buckets  = [{ bucket = "example-logs" }]
  alarms       = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"] }
  redshift = {
    cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
    secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
  }
}

# Word for word: the first block of JSON on the page.
run "the_documented_example" {
  command = plan

  variables {
    settings = { filters = regex("(?s)```json\n(.*?)```", file("../docs/filters.md"))[0] }
  }

  assert {
    condition     = length(local.filter_mistakes) == 0 && length(local.filter_rules) == 4
    error_message = "The example of docs/filters.md must be taken: ${join("; ", local.filter_mistakes)}"
  }
}

run "numbers_and_lists" {
  command = plan

  variables {
    settings = { filters = jsonencode([
      { status = 404, action = "drop" },
      { status = [404, "5xx", "-"], key_prefix = "tmp/", action = "keep" },
      { operation = "*", action = "sample", one_in = 1 },
    ]) }
  }

  assert {
    condition     = length(local.filter_mistakes) == 0
    error_message = "What the binary takes must be taken: ${join("; ", local.filter_mistakes)}"
  }
}

run "every_mistake_is_told" {
  command = plan

  variables {
    settings = { filters = jsonencode([
      { operation = "REST.HEAD.*", action = "delete" },
      { operation = "*", action = "sample" },
      { operation = "*", action = "sample", one_in = 0 },
      { operation = "*", action = "sample", one_in = "100" },
      { operation = "*", action = "drop", one_in = 5 },
      { action = "drop" },
      { method = "GET", action = "drop" },
      { status = "40", action = "drop" },
      { bucket = [], action = "drop" },
      { requester = "", action = "drop" },
      { key_prefix = true, action = "drop" },
      "drop",
    ]) }
  }

  expect_failures = [terraform_data.limits]

  assert {
    condition = local.filter_mistakes == [
      "rule 1: action must be keep, drop or sample",
      "rule 2: sample needs one_in, a whole number from 1 on",
      "rule 3: sample needs one_in, a whole number from 1 on",
      "rule 4: sample needs one_in, a whole number from 1 on",
      "rule 5: one_in belongs to the action sample only",
      "rule 6: no condition (to match every line: operation = \"*\")",
      "rule 7: unknown field method",
      "rule 7: no condition (to match every line: operation = \"*\")",
      "rule 8: status \"40\" must look like 404, 4xx or -",
      "rule 9: bucket must be a text, or 1 to 64 of them",
      "rule 10: requester must be a text, or 1 to 64 of them",
      "rule 11: key_prefix must be a text, or 1 to 64 of them",
      "rule 12: not an object",
      "rule 12: no condition (to match every line: operation = \"*\")",
      "rule 12: action must be keep, drop or sample",
    ]
    error_message = "The mistakes told are others: ${join("; ", local.filter_mistakes)}"
  }
}

run "sixty_five_rules" {
  command = plan

  variables {
    settings = { filters = jsonencode([for i in range(65) : { operation = "A${i}", action = "keep" }]) }
  }

  expect_failures = [terraform_data.limits]
}
