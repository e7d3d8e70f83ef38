//! List prices, each with where it was found.

use std::fmt::Write as _;

use serde_json::Value;
use thiserror::Error;

/// When the prices were looked up.
const DATE: &str = "2026-11";

/// The Region whose prices they are.
const REGION: &str = "us-east-1";

/// Something that AWS bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A GB (10^9 bytes) of Firehose Direct PUT.
    FirehoseGb,
    /// A GB-second of Lambda.
    LambdaGbSecond,
    /// An invocation of Lambda.
    LambdaRequest,
    /// A request to SQS.
    SqsRequest,
    /// A GET from S3.
    S3Get,
    /// A PUT to S3, or a LIST.
    S3PutOrList,
    /// An event that S3 sends to `EventBridge`.
    EventBridgeEvent,
    /// A GB of logs that the function writes.
    LogsGb,
    /// An hour of a Redshift Serverless unit.
    RpuHour,
    /// A GB of access logs that CloudWatch delivers to Firehose or S3.
    VendedGb,
    /// A GB of access logs that CloudWatch delivers to a log group.
    VendedLogGroupGb,
    /// A GB of them that goes through Firehose.
    FirehoseVendedGb,
    /// A TB that Athena scans.
    AthenaTb,
    /// A GB that leaves the Region for the internet.
    TransferOutGb,
}

/// One price.
struct Price {
    item: Item,
    /// Its name in a file of prices, with its unit.
    name: &'static str,
    usd: f64,
    what: &'static str,
    source: &'static str,
}

const PRICES: [Price; 14] = [
    Price {
        item: Item::FirehoseGb,
        name: "firehose_gb",
        usd: 0.029,
        what: "Firehose, Direct PUT, the first 500 TB a month, each record rounded up to 5 KB",
        source: "FIREHOSE_COST of aws-samples/sample-cfm-tips-mcp; the rounding: Firehose's price page",
    },
    Price {
        item: Item::LambdaGbSecond,
        name: "lambda_gb_second",
        usd: 0.000_013_333_4,
        what: "Lambda on arm64, a GB of memory for a second",
        source: "Lambda's price page",
    },
    Price {
        item: Item::LambdaRequest,
        name: "lambda_request",
        usd: 0.20e-6,
        what: "Lambda, an invocation",
        source: "Lambda's price page",
    },
    Price {
        item: Item::SqsRequest,
        name: "sqs_request",
        usd: 0.40e-6,
        what: "SQS, a request to a standard queue",
        source: "SQS's price page",
    },
    Price {
        item: Item::S3Get,
        name: "s3_get",
        usd: 0.40e-6,
        what: "S3, a GET",
        source: "S3's price page",
    },
    Price {
        item: Item::S3PutOrList,
        name: "s3_put_or_list",
        usd: 5.0e-6,
        what: "S3, a PUT or a LIST of up to 1,000 keys",
        source: "S3's price page",
    },
    Price {
        item: Item::EventBridgeEvent,
        name: "eventbridge_event",
        usd: 1.0e-6,
        what: "EventBridge, an event of S3",
        source: "EventBridge's price page, events of AWS services by opt-in",
    },
    Price {
        item: Item::LogsGb,
        name: "logs_gb",
        usd: 0.50,
        what: "CloudWatch Logs, a GB that the function writes",
        source: "CloudWatch's price page",
    },
    Price {
        item: Item::RpuHour,
        name: "rpu_hour",
        usd: 0.375,
        what: "Redshift Serverless, a unit for an hour, at least a minute each time",
        source: "AWS Big Data blog, \"Amazon Redshift Serverless at 4 RPUs\"",
    },
    Price {
        item: Item::VendedGb,
        name: "vended_gb",
        usd: 0.25,
        what: "CloudWatch, a GB of vended logs to S3 or Firehose, the first 10 TB a month",
        source: "aws-samples/sample-cfm-tips-mcp",
    },
    Price {
        item: Item::VendedLogGroupGb,
        name: "vended_log_group_gb",
        usd: 0.50,
        what: "CloudWatch, a GB of vended logs to a log group, the first 10 TB a month",
        source: "aws-samples/sample-cfm-tips-mcp",
    },
    Price {
        item: Item::FirehoseVendedGb,
        name: "firehose_vended_gb",
        usd: 0.13,
        what: "Firehose, a GB of vended logs",
        source: "Firehose's price page",
    },
    Price {
        item: Item::AthenaTb,
        name: "athena_tb",
        usd: 5.0,
        what: "Athena, a TB scanned",
        source: "Athena's price page",
    },
    Price {
        item: Item::TransferOutGb,
        name: "transfer_out_gb",
        usd: 0.09,
        what: "S3, a GB to the internet, the first 10 TB a month; less to another Region",
        source: "awsnegotiations.com, \"S3 Data Transfer Cost Breakdown\", May 2026",
    },
];

/// What everything costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// When they were looked up.
    pub date: String,
    /// Whose they are.
    pub region: String,
    /// Those that differ from the list.
    own: Vec<(Item, f64)>,
}

/// What is wrong with a file of prices.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PricesError {
    /// It is no JSON object.
    #[error(
        "it is no JSON object of prices, like {{\"region\": \"eu-west-1\", \"firehose_gb\": 0.031}}"
    )]
    NotAnObject,
    /// A price that is none.
    #[error("{0} must be a number of US dollars, 0 or more")]
    NoPrice(String),
    /// A name that nobody knows.
    #[error("there is no price {0}; there are date, region, {names}", names = names())]
    Unknown(String),
}

impl Default for Prices {
    fn default() -> Self {
        Self { date: DATE.to_owned(), region: REGION.to_owned(), own: Vec::new() }
    }
}

impl Prices {
    /// The list with what a JSON text gives in place of its own.
    ///
    /// # Errors
    /// [`PricesError`], by the first thing that is wrong.
    pub fn read(text: &str) -> Result<Self, PricesError> {
        let Ok(Value::Object(given)) = serde_json::from_str(text) else {
            return Err(PricesError::NotAnObject);
        };
        let mut prices = Self::default();
        for (name, value) in given {
            match (name.as_str(), &value) {
                ("date", Value::String(date)) => prices.date.clone_from(date),
                ("region", Value::String(region)) => prices.region.clone_from(region),
                _ => {
                    let price = PRICES.iter().find(|price| price.name == name);
                    let item = price.ok_or_else(|| PricesError::Unknown(name.clone()))?.item;
                    let usd = value.as_f64().filter(|usd| *usd >= 0.0);
                    prices.own.push((item, usd.ok_or(PricesError::NoPrice(name))?));
                }
            }
        }
        Ok(prices)
    }

    /// US dollars for one unit of it.
    #[must_use]
    pub fn of(&self, item: Item) -> f64 {
        let own = self.own.iter().find(|(other, _)| *other == item).map(|(_, usd)| *usd);
        let listed = || PRICES.iter().find(|price| price.item == item).map(|price| price.usd);
        own.or_else(listed).unwrap_or_default()
    }
}

fn names() -> String {
    PRICES.map(|price| price.name).join(", ")
}

/// The list as a Markdown table.
pub(super) fn table() -> String {
    let mut table = "| price | US dollars | of | found |\n|---|---|---|---|\n".to_owned();
    for Price { name, usd, what, source, .. } in PRICES {
        // Writing to a string cannot fail.
        writeln!(table, "| `{name}` | {usd} | {what} | {source} |").unwrap_or_default();
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_given_replaces_that_one_alone() {
        let prices = Prices::read(r#"{"region": "eu-west-1", "firehose_gb": 0.031}"#).unwrap();
        assert_eq!((prices.region.as_str(), prices.date.as_str()), ("eu-west-1", DATE));
        for price in &PRICES {
            let own = if price.item == Item::FirehoseGb { 0.031 } else { price.usd };
            assert!((prices.of(price.item) - own).abs() < f64::EPSILON, "{}", price.name);
        }
    }

    #[test]
    fn what_is_no_price_is_told() {
        for (text, told) in [
            ("[]", "no JSON object"),
            ("{", "no JSON object"),
            (
                r#"{"firehose": 1}"#,
                "no price firehose; there are date, region, firehose_gb, lambda",
            ),
            (r#"{"s3_get": "1"}"#, "s3_get must be a number"),
            (r#"{"s3_get": -1}"#, "s3_get must be a number"),
            (r#"{"region": 3}"#, "no price region"),
        ] {
            let error = Prices::read(text).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn every_item_has_one_price() {
        for (at, price) in PRICES.iter().enumerate() {
            assert!(price.usd > 0.0 && !price.source.is_empty());
            let same = |other: &Price| other.item == price.item || other.name == price.name;
            assert_eq!(PRICES.iter().position(same), Some(at), "{}", price.name);
        }
    }
}
