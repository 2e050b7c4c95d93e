//! Lambda's log: the lines that CloudWatch shows. The runtime writes those of the process in its text or JSON format, the
//! platform writes its own as they are.

use core::fmt::{self, Write as _};

use crate::event::{EnvironmentId, Event, EventKind, InvocationId, Status};
use crate::random;
use crate::settings::{LogFormat, Settings};
use base::time::{Duration, Instant, civil_from_days, iso_8601};

/// The request id of an invocation: a UUID that comes from the run's seed.
pub fn request_id(settings: &Settings, invocation: InvocationId) -> String {
    random::uuid(settings.seed, 1, invocation.0)
}

/// The log stream that an environment writes to.
pub fn log_stream(settings: &Settings, environment: EnvironmentId, created: Instant) -> String {
    let (year, month, day) = civil_from_days(created.wall_clock_ms() / 86_400_000);
    format!("{year:04}/{month:02}/{day:02}/[$LATEST]{}", random::hex(settings.seed, 2, environment.0))
}

/// The line that the log has for an event. `None` if it has none.
pub fn line(settings: &Settings, event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::Printed { level, text, .. } => {
            let id = event.invocation.map(|invocation| request_id(settings, invocation));
            let timestamp = iso_8601(event.at.wall_clock_ms());
            Some(match settings.lambda.log {
                LogFormat::Text => {
                    let id = id.as_deref().unwrap_or("undefined");
                    format!("{timestamp}\t{id}\t{}\t{text}", level)
                }
                LogFormat::Json => {
                    let mut line = format!("{{\"timestamp\":\"{timestamp}\",\"level\":\"{}\"", level);
                    if let Some(id) = id {
                        let _ = write!(line, ",\"requestId\":\"{id}\"");
                    }
                    line.push_str(",\"message\":");
                    javascript::json::quote(&mut line, text);
                    line.push('}');
                    line
                }
            })
        }
        EventKind::Platform { text } => Some(text.to_string()),
        _ => None,
    }
}

/// `START RequestId: …`
pub fn start(settings: &Settings, invocation: InvocationId) -> String {
    format!("START RequestId: {} Version: $LATEST", request_id(settings, invocation))
}

/// `END RequestId: …`
pub fn end(settings: &Settings, invocation: InvocationId) -> String {
    format!("END RequestId: {}", request_id(settings, invocation))
}

/// The contents of a REPORT line.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// The duration of the invocation.
    pub duration: Duration,
    /// The duration of the init before the invocation, on a cold start.
    pub init: Option<Duration>,
    /// The most memory used so far, in MB.
    pub memory_used_mb: u32,
    /// How the invocation failed, if Lambda names that in the line.
    pub status: Option<ReportStatus>,
}

/// The failures that a REPORT line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportStatus {
    /// The invocation ran into the function's timeout.
    Timeout,
    /// The process ended during the invocation.
    Error,
}

impl ReportStatus {
    /// The failure that the line names for an invocation that ended like this. An error of the handler's is none.
    pub fn of(status: Status) -> Option<Self> {
        match status {
            Status::Timeout => Some(Self::Timeout),
            Status::Crashed => Some(Self::Error),
            Status::Success | Status::Error | Status::Throttled => None,
        }
    }
}

impl fmt::Display for ReportStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Timeout => "timeout",
            Self::Error => "error",
        })
    }
}

/// `REPORT RequestId: …`. Lambda bills started milliseconds (since December 2020), the init included (since August 2025).
pub fn report(settings: &Settings, invocation: InvocationId, report: Report) -> String {
    let billed = report.duration + report.init.unwrap_or_default();
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
        request_id(settings, invocation),
        hundredths(report.duration),
        billed.as_micros().div_ceil(1_000),
        settings.lambda.memory_mb,
        report.memory_used_mb,
    );
    if let Some(init) = report.init {
        let _ = write!(line, "Init Duration: {} ms\t", hundredths(init));
    }
    if let Some(status) = report.status {
        let _ = write!(line, "Status: {status}");
    }
    line
}

/// `INIT_REPORT …`, for an init that failed or reached its limit.
pub fn init_report(took: Duration, timed_out: bool) -> String {
    let status = if timed_out { "timeout" } else { "error\tError Type: Runtime.ExitError" };
    format!("INIT_REPORT Init Duration: {} ms\tPhase: init\tStatus: {status}", hundredths(took))
}

/// `… Task timed out after 3.00 seconds`
pub fn timed_out(settings: &Settings, at: Instant, invocation: InvocationId) -> String {
    let id = request_id(settings, invocation);
    let limit = Duration::from_micros(settings.lambda.timeout.as_micros() / 1_000);
    format!("{} {id} Task timed out after {} seconds", iso_8601(at.wall_clock_ms()), hundredths(limit))
}

/// The byte at which the first request id of a line begins. A request id has 36 bytes.
pub fn request_id_in(line: &str) -> Option<usize> {
    line.as_bytes().windows(36).position(|word| {
        word.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    })
}

/// A duration in milliseconds with two decimals.
pub fn hundredths(span: Duration) -> String {
    let hundredths = span.as_micros() / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Level, Stream};

    #[test]
    fn a_request_id_is_found_in_a_line() {
        let id = "3ced3568-0a1b-4c2d-8e3f-0123456789ab";
        assert_eq!(request_id_in(&format!("END RequestId: {id}é")), Some(15));
        assert_eq!(request_id_in(&"-".repeat(50)), None);
        assert_eq!(request_id_in("not-an-id"), None);
    }

    fn printed() -> Event {
        Event {
            at: Instant::from_micros(1_500_000),
            environment: Some(EnvironmentId(1)),
            invocation: Some(InvocationId(1)),
            kind: EventKind::Printed {
                stream: Stream::Stderr,
                level: Level::Error,
                text: "a \"quoted\" word".into(),
                begun_by: None,
                position: None,
            },
        }
    }

    #[test]
    fn lines_have_lambdas_text_format() {
        let settings = Settings::default();
        let id = request_id(&settings, InvocationId(1));
        assert_eq!(
            line(&settings, &printed()).unwrap(),
            format!("2026-05-25T05:00:01.500Z\t{id}\tERROR\ta \"quoted\" word")
        );
    }

    #[test]
    fn lines_have_lambdas_json_format() {
        let mut settings = Settings::default();
        settings.lambda.log = LogFormat::Json;
        let id = request_id(&settings, InvocationId(1));
        assert_eq!(
            line(&settings, &printed()).unwrap(),
            format!(
                r#"{{"timestamp":"2026-05-25T05:00:01.500Z","level":"ERROR","requestId":"{id}","message":"a \"quoted\" word"}}"#
            )
        );
    }

    #[test]
    fn a_report_bills_started_milliseconds() {
        let settings = Settings::default();
        let report = Report {
            duration: Duration::from_micros(29_101),
            init: Some(Duration::from_micros(180_050)),
            memory_used_mb: 71,
            status: None,
        };
        let id = request_id(&settings, InvocationId(3));
        assert_eq!(
            super::report(&settings, InvocationId(3), report),
            format!(
                "REPORT RequestId: {id}\tDuration: 29.10 ms\tBilled Duration: 210 ms\tMemory Size: 128 MB\tMax Memory Used: \
                 71 MB\tInit Duration: 180.05 ms\t"
            )
        );
        assert!(timed_out(&settings, Instant::ZERO, InvocationId(1)).ends_with("Task timed out after 3.00 seconds"));
    }
}
