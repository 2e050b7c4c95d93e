//! Times, counts and states in the words that the machine shows.

use std::rc::Rc;

use base::time::{Duration, Instant};
use simulation::event::{DisconnectReason, Outcome, Phase, Start, Status};
use simulation::history::InvocationRecord;
use simulation::lambda::log::hundredths;
use simulation::lambda::view::Cut;

/// A time of the run: `00:05`, and `1:00:05` from one hour on.
pub fn clock(at: Instant) -> String {
    let seconds = at.as_micros() / 1_000_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// A time of the run with milliseconds: `00:05.250`.
pub fn fine_clock(at: Instant) -> String {
    format!("{}.{:03}", clock(at), at.as_micros() / 1_000 % 1_000)
}

/// A measured duration: `<1 ms`, `29 ms`, `3.00 s`.
pub fn took(span: Duration) -> String {
    let micros = span.as_micros();
    match micros {
        0..1_000 => "<1 ms".into(),
        1_000..999_500 => format!("{} ms", (micros + 500) / 1_000),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros / 10_000 % 100),
    }
}

/// A duration in its largest unit, rounded down: `40 ms`, `12 s`, `5 min`, `8 h`.
pub fn roughly(span: Duration) -> String {
    let ms = span.as_millis();
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{} s", ms / 1_000),
        60_000..3_600_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

/// An age: `5:00`, `8:00:00`.
pub fn age(span: Duration) -> String {
    let shown = clock(Instant::from_micros(span.as_micros()));
    shown.strip_prefix('0').map(Into::into).unwrap_or(shown)
}

/// `1 invocation`, `2 invocations`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A size in bytes: `812 B`, `4 KB`, `12 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{} MB", bytes / 1_048_576),
    }
}

/// The name of a phase, as a card shows it.
pub const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Init => "Init",
        Phase::Ready => "Ready",
        Phase::Invoke => "Running",
        Phase::Frozen => "Frozen",
        Phase::Shutdown => "Shut down",
    }
}

/// The kind of an invocation's start. One that was throttled never started.
pub const fn start(start: Option<Start>) -> &'static str {
    match start {
        Some(Start::Cold) => "cold",
        Some(Start::Warm) => "warm",
        Some(Start::Reset) => "reset",
        None => "throttled",
    }
}

/// The status of an invocation that has ended.
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Success => "success",
        Status::Error => "error",
        Status::Timeout => "timeout",
        Status::Crashed => "crashed",
        Status::Throttled => "throttled",
    }
}

/// The reason why a connection or a session ended.
pub const fn lost(why: DisconnectReason) -> &'static str {
    match why {
        DisconnectReason::Client => "closed by the client",
        DisconnectReason::Process => "its process is gone",
        DisconnectReason::Terminated => "ended by the server",
        DisconnectReason::ServerShutdown => "ended: the server shut down",
        DisconnectReason::IdleSession => "ended: idle for too long",
        DisconnectReason::IdleInTransaction => "ended: idle in a transaction",
        DisconnectReason::Reset => "reset by the other side",
        DisconnectReason::Closed => "closed by the other side",
        DisconnectReason::Refused => "refused",
        DisconnectReason::Rejected => "rejected by the server",
    }
}

/// The reason why a connection is of no use, and who has noticed it.
pub fn cut(cut: &Cut) -> String {
    match cut {
        Cut::Unread(why) => format!("{}, not read yet", lost(*why)),
        Cut::Kept(why) => format!("{why}: thrown away when asked for"),
        Cut::Gone => "the other side is gone, and nobody has told".into(),
        Cut::Silent => "packets vanish".into(),
    }
}

/// The message of a failure: a timeout as the log words it, else the invocation's own error, else the first query that was
/// rejected.
pub fn message(outcome: &Outcome) -> Option<Rc<str>> {
    if outcome.status == Status::Timeout {
        let limit = Duration::from_micros(outcome.duration.as_micros() / 1_000);
        return Some(format!("Task timed out after {} seconds", hundredths(limit)).into());
    }
    let rejection = outcome.first_rejection.as_ref().map(|(_, message)| message.clone());
    outcome.error.as_ref().map(|error| error.message.clone()).or(rejection)
}

/// JSON as a reader of JavaScript expects it: a plain string gets single quotes, everything else stays.
pub fn value(json: &str) -> String {
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) if !text.contains('\\') && !text.contains('\'') => format!("'{text}'"),
        _ => json.into(),
    }
}

/// A sentence for a screen reader that says how an invocation ended.
pub fn ended(record: &InvocationRecord) -> String {
    let Some(outcome) = &record.outcome else { return String::new() };
    let (handler, id, start, took) = (&record.handler, record.id, start(outcome.start), took(outcome.duration));
    match message(outcome) {
        Some(message) => format!("{handler}, invocation {id}, {start}, failed after {took}: {message}"),
        None => format!("{handler}, invocation {id}, {start}, succeeded after {took}"),
    }
}

/// The words of a camel-case name: a line may break between them.
pub fn humps(name: &str) -> Vec<&str> {
    let starts = name.char_indices().filter(|(at, character)| *at > 0 && character.is_ascii_uppercase());
    let mut words = Vec::new();
    let mut from = 0;
    for (at, _) in starts {
        words.push(&name[from..at]);
        from = at;
    }
    words.push(&name[from..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_suits_them() {
        let took_micros = |micros| took(Duration::from_micros(micros));
        assert_eq!([999, 1_499, 28_500, 999_500].map(took_micros), ["<1 ms", "1 ms", "29 ms", "0.99 s"]);
        let roughly_ms = |ms| roughly(Duration::from_millis(ms));
        assert_eq!([40, 12_999, 300_000, 28_800_000].map(roughly_ms), ["40 ms", "12 s", "5 min", "8 h"]);
    }

    #[test]
    fn times_have_hours_only_when_they_need_them() {
        assert_eq!(fine_clock(Instant::from_micros(209_111)), "00:00.209");
        assert_eq!(clock(Instant::from_micros(3_605_000_000)), "1:00:05");
        assert_eq!(age(Duration::from_secs(300)), "5:00");
    }

    #[test]
    fn counts_and_sizes_are_words() {
        assert_eq!([count(1, "timer"), count(2, "timer")], ["1 timer", "2 timers"]);
        assert_eq!([size(812), size(4_096), size(12 << 20)], ["812 B", "4 KB", "12 MB"]);
    }

    #[test]
    fn a_string_gets_single_quotes_where_it_needs_no_escape() {
        assert_eq!(["\"ok\"", "\"it's\"", "{\"a\":1}"].map(value), ["'ok'", "\"it's\"", "{\"a\":1}"]);
    }

    #[test]
    fn a_camel_case_name_breaks_before_its_capitals() {
        assert_eq!(humps("checkDatabaseConnection"), ["check", "Database", "Connection"]);
        assert_eq!(humps("answer"), ["answer"]);
    }
}
