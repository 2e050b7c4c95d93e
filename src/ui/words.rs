//! Times and counts in words. Whole numbers only: printing floats would cost their bytes on every page.

use std::rc::Rc;

use crate::event::{DisconnectReason, Outcome, Phase, Start, Status};
use crate::history::InvocationRecord;
use crate::lambda::log::hundredths;
use crate::lambda::view::Cut;
use crate::time::{Duration, Instant};

/// Minutes and seconds of a run; hours before them once there are any.
pub fn clock(at: Instant) -> String {
    let seconds = at.as_micros() / 1_000_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// The same with milliseconds.
pub fn fine_clock(at: Instant) -> String {
    format!("{}.{:03}", clock(at), at.as_micros() / 1_000 % 1_000)
}

/// How long something took: `<1 ms`, `29 ms`, `3.00 s`.
pub fn took(span: Duration) -> String {
    let micros = span.as_micros();
    match micros {
        0..1_000 => "<1 ms".into(),
        1_000..999_500 => format!("{} ms", (micros + 500) / 1_000),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros / 10_000 % 100),
    }
}

/// A long time, roughly: `40 ms`, `12 s`, `5 min`, `8 h`.
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

/// A size: `812 B`, `4 KB`, `12 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{} MB", bytes / 1_048_576),
    }
}

/// A phase as the cards name it.
pub const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Init => "Init",
        Phase::Ready => "Ready",
        Phase::Invoke => "Running",
        Phase::Frozen => "Frozen",
        Phase::Shutdown => "Shut down",
    }
}

/// How an invocation's process came to be.
pub const fn start(start: Option<Start>) -> &'static str {
    match start {
        Some(Start::Cold) => "cold",
        Some(Start::Warm) => "warm",
        Some(Start::Reset) => "reset",
        None => "throttled",
    }
}

/// How an invocation ended, in a word.
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Success => "success",
        Status::Error => "error",
        Status::Timeout => "timeout",
        Status::Crashed => "crashed",
        Status::Throttled => "throttled",
    }
}

/// What became of a connection that its client has not looked at since.
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

/// Why a connection is of no use, and who knows.
pub fn cut(cut: &Cut) -> String {
    match cut {
        Cut::Unread(why) => format!("{}, not read yet", lost(*why)),
        Cut::Kept(why) => format!("{why}: thrown away when asked for"),
        Cut::Gone => "the other side is gone, and nobody has told".into(),
        Cut::Silent => "packets vanish".into(),
    }
}

/// What went wrong: a timeout in the words of the log, else the message of the invocation's own error, or of the query that
/// was rejected.
pub fn message(outcome: &Outcome) -> Option<Rc<str>> {
    if outcome.status == Status::Timeout {
        let limit = Duration::from_micros(outcome.duration.as_micros() / 1_000);
        return Some(format!("Task timed out after {} seconds", hundredths(limit)).into());
    }
    let rejection = outcome.first_rejection.as_ref().map(|(_, message)| message.clone());
    outcome.error.as_ref().map(|error| error.message.clone()).or(rejection)
}

/// JSON text of a string value as JavaScript writes it; other JSON as it is.
pub fn value(json: &str) -> String {
    match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(text) if !text.contains('\\') && !text.contains('\'') => format!("'{text}'"),
        _ => json.into(),
    }
}

/// One sentence on how an invocation ended, for those who cannot see it.
pub fn ended(record: &InvocationRecord) -> String {
    let Some(outcome) = &record.outcome else { return String::new() };
    let (handler, id, start, took) = (&record.handler, record.id, start(outcome.start), took(outcome.duration));
    match message(outcome) {
        Some(message) => format!("{handler}, invocation {id}, {start}, failed after {took}: {message}"),
        None => format!("{handler}, invocation {id}, {start}, succeeded after {took}"),
    }
}

/// The words of a camel-case name, so that a line can break between them.
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
