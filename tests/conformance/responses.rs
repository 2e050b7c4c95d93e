//! How a handler responds and when its invocation is over, beside AWS' runtime interface client 3.3.0 for Node: the first
//! response counts, and work that is left goes on until the client asks for the next event.

use crate::running;

/// For each statement of a scenario its status, its result or the error's message, and the printed lines with their
/// invocations.
fn outcomes(main: &str, scenario: &str) -> Vec<String> {
    let source =
        format!("const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))\nexports.main = {main}\n");
    let mut outcomes = Vec::new();
    running::run(&source, scenario, &mut |report| {
        let mut text = report.result.name().to_owned();
        if let Some(outcome) = report.result.outcome() {
            if let Some(error) = &outcome.error {
                text.push_str(&format!(" {}", error.message));
            } else if let Some(result) = &outcome.result {
                text.push_str(&format!(" {result}"));
            }
        }
        for entry in &report.log {
            let line = entry.text.split('\t').next().unwrap_or_default().trim();
            text.push_str(&format!("; {line} [{}]", entry.invocation.map_or(0, |id| id.0)));
        }
        outcomes.push(text);
    });
    outcomes
}

#[test]
fn the_first_response_counts() {
    for (main, expected) in [
        ("async (event, context, callback) => { callback(null, 'called'); return 'returned' }", "success \"called\""),
        (
            "async (e, c, callback) => { await wait(5); callback(null, 'called'); return 'returned' }",
            "success \"called\"",
        ),
        (
            "async (e, c, callback) => { callback(null, 'called'); await wait(5); return 'returned' }",
            "success \"called\"",
        ),
        (
            "async (e, c, callback) => { setTimeout(callback, 5, null, 'called'); await wait(50); return 'x' }",
            "success \"called\"",
        ),
        ("(e, c, callback) => { callback(null, 'called'); return wait(5) }", "success \"called\""),
        ("(e, c, callback) => { callback(null, 'called'); throw new Error('late') }", "success \"called\""),
        ("(e, c, callback) => { c.done(null, 'done'); throw new Error('late') }", "success \"done\""),
        (
            "(e, c, callback) => { setTimeout(callback, 5, null, 'called'); return Promise.resolve('first') }",
            "success \"first\"",
        ),
        (
            "(e, c, callback) => { callback(new Error('failed')); callback(null, 'called') }",
            "error failed; Invoke Error [1]",
        ),
        (
            "async () => { const a = {}; a.a = a; return a }",
            "error Unable to stringify response body; Invoke Error [1]",
        ),
    ] {
        assert_eq!(outcomes(main, "invoke main"), [expected], "{main}");
    }
}

#[test]
fn work_that_is_left_runs_until_the_client_asks_for_the_next_event() {
    let main = "async () => {
      setImmediate(() => console.log('immediate'))
      Promise.resolve().then(() => null).then(() => null).then(() => console.log('microtask'))
      process.nextTick(() => console.log('tick'))
      setTimeout(() => console.log('timer'), 20)
      return 1
    }";
    let lines = "tick [1]; microtask [1]; immediate [1]";
    let outcomes = outcomes(main, "invoke main; freeze for 1s; thaw; wait 10ms");
    assert_eq!(outcomes[..2], [format!("success 1; {lines}"), "ok".to_owned()]);
    assert_eq!(outcomes[3], "ok; timer [1]");
}

#[test]
fn an_unhandled_rejection_ends_the_process_and_not_the_invocation() {
    let main = "async (event) => { if (event.left) Promise.reject(new Error('left')); return 'answered' }";
    let outcomes = outcomes(main, "invoke main {\"left\":true}; invoke main {}; invoke main {}");
    assert_eq!(outcomes[0], "success \"answered\"; Unhandled Promise Rejection [1]");
    assert_eq!(outcomes[1..], ["success \"answered\"", "success \"answered\""]);
}

#[test]
fn a_waiting_event_counts_towards_the_concurrency() {
    let main = "async (event) => { await wait(event.ms); return 'slept' }";
    let with_concurrency = |limit: &str| {
        let scenario = "invoke main on 1 {\"ms\":9}; invoke main on 2 {\"ms\":9}; start main on 1 {\"ms\":500}; \
                        queue main on 2 {\"ms\":9}; wait 1s; queue main on 2 {\"ms\":9}; queue main on 2 {\"ms\":9}; \
                        start main on 1 {\"ms\":9}";
        outcomes(main, &format!("set lambda.concurrency={limit}; {scenario}"))[3..].join(", ")
    };
    assert_eq!(with_concurrency("1"), "ok, throttled Rate Exceeded., ok, ok, ok, throttled Rate Exceeded.");
    assert_eq!(with_concurrency("2"), "ok, ok, ok, ok, ok, ok");
}

#[test]
fn the_context_names_the_log_stream_of_its_environment() {
    let main = "async (event, context) => [context.logGroupName, context.logStreamName]";
    let outcomes = outcomes(main, "invoke main; invoke main; reclaim; invoke main");
    let expected = "success [\"/aws/lambda/handlers\",\"2026/05/25/[$LATEST]";
    assert!(outcomes[0].starts_with(expected), "{outcomes:?}");
    assert_eq!(outcomes[0], outcomes[1]);
    assert_ne!(outcomes[0], outcomes[3]);
}
