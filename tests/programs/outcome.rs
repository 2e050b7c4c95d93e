//! What came of a program, in Node or in the handler machine: what it printed and how its handler ended.

use serde_json::{Value, json};

/// What came of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// One text for each call of `console`.
    pub log: Vec<String>,
    /// How it ended.
    pub end: End,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The handler's promise was fulfilled; its value as JSON.
    Success(Value),
    /// It was rejected: the error's name and message, where it is an error.
    Error(Option<(String, String)>),
    /// The process ended: an error that nothing caught.
    Crashed,
    /// The promise was never settled.
    Pending,
    /// The module threw while it was loaded.
    Load,
    /// It could not be judged: outside the subset, out of its budget, or (in Node) never at rest. Says why.
    Unknown(String),
}

impl Outcome {
    /// As it is kept in a file and comes from the driver.
    pub fn to_json(&self) -> Value {
        let (word, detail) = match &self.end {
            End::Success(value) => ("success", value.clone()),
            End::Error(error) => {
                ("error", error.as_ref().map_or(Value::Null, |(name, message)| json!([name, message])))
            }
            End::Crashed => ("crashed", Value::Null),
            End::Pending => ("pending", Value::Null),
            End::Load => ("load", Value::Null),
            End::Unknown(why) => ("unknown", json!(why)),
        };
        json!({ "log": self.log, "end": word, "detail": detail })
    }

    /// The reverse of [`Outcome::to_json`]; `None` for anything else.
    pub fn from_json(value: &Value) -> Option<Self> {
        let log =
            value["log"].as_array()?.iter().map(|line| line.as_str().map(str::to_owned)).collect::<Option<_>>()?;
        let detail = &value["detail"];
        let text = |index: usize| detail[index].as_str().map(str::to_owned);
        let end = match value["end"].as_str()? {
            "success" => End::Success(detail.clone()),
            "error" => End::Error(text(0).zip(text(1))),
            "crashed" => End::Crashed,
            "pending" => End::Pending,
            "load" => End::Load,
            "unknown" => End::Unknown(detail.as_str().unwrap_or_default().to_owned()),
            _ => return None,
        };
        Some(Self { log, end })
    }

    /// Whether it says what a program does.
    pub fn is_known(&self) -> bool {
        !matches!(self.end, End::Unknown(_))
    }
}
