//! The outcome of a program in Node or in the simulation: the lines that it printed, and how its handler ended.

use serde_json::{Value, json};

/// The outcome of a program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The text of each call of `console`.
    pub log: Vec<String>,
    /// How the handler ended.
    pub end: End,
}

/// How a program's handler ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// Its promise was fulfilled with this value, as JSON.
    Success(Value),
    /// Its promise was rejected. The name and the message of the error; `None` where it is not an error.
    Error(Option<(String, String)>),
    /// An uncaught error ended the process.
    Crashed,
    /// Its promise was never settled.
    Pending,
    /// The module threw while it was loaded.
    Load,
    /// It is not known, for this reason: the program is outside the subset, or Node gave no outcome.
    Unknown(String),
}

impl Outcome {
    /// The form in which recordings and Node's driver have it.
    pub(crate) fn to_json(&self) -> Value {
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

    /// Reads what [`Outcome::to_json`] writes; `None` for any other value.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
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

    /// True unless the end is [`End::Unknown`].
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.end, End::Unknown(_))
    }
}
