//! Timers in an environment: the order in which they fire after a freeze, and the timers that a response waits for. Node 20,
//! stopped and continued, has the same order. `tests/node/timers.js` has the cases without a freeze.

use crate::running::reports;

/// The texts that all statements printed, with blanks between them.
fn printed(source: &str, scenario: &str) -> String {
    let reports = reports(source, scenario);
    let texts: Vec<&str> = reports.iter().flat_map(|report| &report.log).map(|entry| &*entry.text).collect();
    texts.join(" ")
}

#[test]
fn after_a_freeze_all_due_timers_of_one_delay_fire_before_those_of_the_next_delay() {
    let source = "exports.main = async (e) => { if (e.n) setTimeout(() => console.log(e.n), e.d) }";
    let scenario = r#"set lambda.freeze=manual
        invoke main {"n":"a","d":10000}; invoke main {"n":"b","d":7000}; wait 4s; invoke main {"n":"c","d":7000}
        freeze for 60s; invoke main"#;
    assert_eq!(printed(source, scenario), "b c a");
}

#[test]
fn a_timer_that_becomes_due_during_a_long_callback_fires_right_after_it() {
    // libuv would sleep from its last reading of the clock. It reads the clock again, because Node lets it measure idle time.
    let source = "exports.main = async () => {
        const began = Date.now()
        const log = (text) => console.log(text, Date.now() - began)
        setTimeout(() => { while (Date.now() < began + 30) {} log('a') }, 5)
        setTimeout(() => log('b'), 10)
        await new Promise((resolve) => setTimeout(resolve, 100))
    }";
    assert_eq!(printed(source, "invoke main"), "a 30 b 30");
}

#[test]
fn a_response_does_not_wait_for_an_unrefed_timer() {
    let takes = |timers: &str| {
        let source = format!("exports.main = (event, context, callback) => {{ {timers}; callback(null, 'done') }}");
        let report = reports(&source, "invoke main").remove(0);
        let outcome = report.result.outcome().expect("the invocation ended");
        assert_eq!(outcome.result.as_deref(), Some("\"done\""), "{timers}");
        (outcome.duration.as_millis() + 5) / 10 * 10
    };
    assert_eq!(takes("setTimeout(() => {}, 500)"), 500);
    assert_eq!(takes("setTimeout(() => {}, 500).unref()"), 0);
    assert_eq!(takes("setTimeout(() => {}, 500).unref().ref()"), 500);
    assert_eq!(takes("setInterval(() => {}, 50).unref()"), 0);
    assert_eq!(takes("setInterval(() => {}, 50).unref(); setTimeout(() => {}, 300)"), 300);
    assert_eq!(takes("setImmediate(() => {}).unref()"), 0);
    assert_eq!(takes("let n = 0; const i = setInterval(() => { if (++n === 3) i.unref() }, 100)"), 300);
    assert_eq!(takes("const t = setTimeout(() => {}, 500); setTimeout(() => t.unref(), 200)"), 200);
    assert_eq!(takes("const t = setTimeout(() => {}, 500); setTimeout(() => t.refresh(), 200)"), 700);
    assert_eq!(takes("const t = setTimeout(() => {}, 500); setTimeout(() => t.close(), 200)"), 200);
    assert_eq!(takes("let n = 0; const t = setTimeout(() => { if (++n < 3) t.refresh() }, 100)"), 300);
}

#[test]
fn an_unrefed_timer_fires_while_the_process_is_awake() {
    let source = "exports.main = (event, context, callback) => {
        setTimeout(() => console.log('late'), 500).unref()
        setImmediate(() => console.log('soon')).unref()
        callback(null, 1)
    }";
    assert_eq!(printed(source, "set lambda.freeze=manual; invoke main; wait 1s"), "soon late");
    // The runtime client sends the response in an immediate, which comes after this one.
    assert_eq!(printed(source, "invoke main; freeze for 5m; invoke main"), "soon late soon");
}

#[test]
fn a_reaper_that_ticks_for_a_month_still_closes_a_connection_on_time() {
    let source = "const knex = require('knex')(require('./knexfile'))
        exports.main = async () => { await knex.raw('select 1') }";
    let pool = |scenario: &str| {
        let scenario =
            format!("set pool.reapIntervalMillis=7 lambda.reclaim_after=720h lambda.freeze=manual {scenario}");
        let pool = reports(source, &scenario).pop().and_then(|report| report.pool).expect("there is a pool");
        pool.free
    };
    assert_eq!(pool("; invoke main; wait 719h"), 1);
    assert_eq!(pool("pool.min=0 pool.idleTimeoutMillis=3600000; invoke main; wait 3599s"), 1);
    assert_eq!(pool("pool.min=0 pool.idleTimeoutMillis=3600000; invoke main; wait 3600s; wait 7ms"), 0);
    // A tick that is due during a freeze comes after the thaw.
    let frozen = "pool.min=0 pool.idleTimeoutMillis=10000; invoke main; wait 5s; freeze for 1h";
    assert_eq!(pool(frozen), 1);
    assert_eq!(pool(&format!("{frozen}; thaw; wait 2ms")), 0);
}
