//! How a handler responds, and when its invocation is over, against AWS' runtime interface client 3.3.0 for Node: the first
//! way to respond counts, and what is left runs until the next event is asked for.
#![cfg(not(target_arch = "wasm32"))]

mod running;

/// What the statements of a scenario came to: status, result or the error's message, and the lines with their invocations.
fn told(main: &str, scenario: &str) -> Vec<String> {
    let source =
        format!("const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))\nexports.main = {main}\n");
    let mut told = Vec::new();
    running::run(&source, scenario, &mut |report| {
        let mut text = report.result.name().to_owned();
        if let Some(outcome) = report.result.outcome() {
            let message = outcome.error.as_ref().map(|error| &error.message).or(outcome.result.as_ref());
            text.extend(message.map(|message| format!(" {message}")));
        }
        for entry in &report.log {
            let line = entry.text.split('\t').next().unwrap_or_default().trim();
            text.push_str(&format!("; {line} [{}]", entry.invocation.map_or(0, |id| id.0)));
        }
        told.push(text);
    });
    told
}

#[test]
fn the_first_way_to_respond_counts() {
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
        assert_eq!(told(main, "invoke main"), [expected], "{main}");
    }
}

#[test]
fn what_is_left_runs_until_the_next_event_is_asked_for() {
    let main = "async () => {
      setImmediate(() => console.log('immediate'))
      Promise.resolve().then(() => null).then(() => null).then(() => console.log('microtask'))
      process.nextTick(() => console.log('tick'))
      setTimeout(() => console.log('timer'), 20)
      return 1
    }";
    let lines = "tick [1]; microtask [1]; immediate [1]";
    let told = told(main, "invoke main; freeze for 1s; thaw; wait 10ms");
    assert_eq!(told[..2], [format!("success 1; {lines}"), "ok".to_owned()]);
    assert_eq!(told[3], "ok; timer [1]");
}

#[test]
fn a_rejection_that_is_left_ends_the_process_and_not_the_invocation() {
    let main = "async (event) => { if (event.left) Promise.reject(new Error('left')); return 'answered' }";
    let told = told(main, "invoke main {\"left\":true}; invoke main {}; invoke main {}");
    assert_eq!(told[0], "success \"answered\"; Unhandled Promise Rejection [1]");
    assert_eq!(told[1..], ["success \"answered\"", "success \"answered\""]);
}

#[test]
fn an_event_that_waits_counts_as_one_that_runs() {
    let main = "async (event) => { await wait(event.ms); return 'slept' }";
    let told = |set: &str| {
        let scenario = "invoke main on 1 {\"ms\":9}; invoke main on 2 {\"ms\":9}; start main on 1 {\"ms\":500}; \
                        queue main on 2 {\"ms\":9}; wait 1s; queue main on 2 {\"ms\":9}; queue main on 2 {\"ms\":9}; \
                        start main on 1 {\"ms\":9}";
        told(main, &format!("set lambda.concurrency={set}; {scenario}"))[3..].join(", ")
    };
    assert_eq!(told("1"), "ok, throttled Rate Exceeded., ok, ok, ok, throttled Rate Exceeded.");
    assert_eq!(told("2"), "ok, ok, ok, ok, ok, ok");
}

#[test]
fn the_context_names_the_log_stream_of_its_environment() {
    let main = "async (event, context) => [context.logGroupName, context.logStreamName]";
    let told = told(main, "invoke main; invoke main; reclaim; invoke main");
    assert!(told[0].starts_with("success [\"/aws/lambda/handlers\",\"2026/05/25/[$LATEST]"), "{told:?}");
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0], told[3]);
}
