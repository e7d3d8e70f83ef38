//! Payload templates: keys that end in `.$` have a path for a value.

use serde_json::{Map, Value, json};

use super::error::Error;

/// A template filled from a state's input and, for `$$`, from the context.
pub(super) fn fill(
    template: &Map<String, Value>,
    input: &Value,
    context: &Value,
) -> Result<Value, Error> {
    let filled = template.iter().map(|(name, value)| match (name.strip_suffix(".$"), value) {
        (Some(name), Value::String(path)) => Ok((name.to_owned(), find(path, input, context)?)),
        (Some(name), _) => Err(Error::Runtime(format!("the value of {name}.$ must be a path"))),
        (None, Value::Object(inner)) => Ok((name.clone(), fill(inner, input, context)?)),
        (None, value) => Ok((name.clone(), value.clone())),
    });
    filled.collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

/// What a path leads to: `$`, `$.a.b`, or `$$.a.b` in the context.
pub(super) fn find(path: &str, input: &Value, context: &Value) -> Result<Value, Error> {
    let (root, rest) = match path.strip_prefix("$$") {
        Some(rest) => (context, rest),
        None => (input, path.strip_prefix('$').unwrap_or("?")),
    };
    let names = rest.split('.').skip(1);
    let found = names.into_iter().try_fold(root, |value, name| value.get(name));
    let is_path = rest.is_empty() || rest.starts_with('.');
    found.filter(|_| is_path).cloned().ok_or_else(|| {
        // Step Functions' States.ParameterPathFailure.
        Error::Runtime(format!("the path {path} leads nowhere in {}", json!(input)))
    })
}
