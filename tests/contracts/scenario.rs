//! The scenario language: the texts that are accepted, the position and the words of parse errors, and that printing a
//! scenario loses nothing.

use std::fmt::Write as _;
use std::rc::Rc;

use base::time::Duration;
use proptest::prelude::*;
use simulation::event::EnvironmentId;
use simulation::json::Json;
use simulation::limits;
use simulation::scenario::settings::{SettingDoc, difference, reference};
use simulation::scenario::{Assignment, STATEMENTS, Scenario, StatementKind, parse, print};
use simulation::settings::{Deployment, Settings};
use simulation::world::{Action, Call, NetworkFault, ServerAction};

/// The names of the post's handlers.
fn exports() -> Vec<Rc<str>> {
    ["checkDatabaseConnection", "checkDatabaseConnectionProper"].map(Rc::from).to_vec()
}

/// The canonical form of a scenario of the post's handlers.
fn canonical(text: &str) -> String {
    let scenario = parse(text, Some(&exports())).unwrap_or_else(|error| panic!("{text:?}\n{error}"));
    let printed = print(&scenario);
    assert_eq!(parse(&printed, Some(&exports())).as_ref(), Ok(&scenario), "{printed}");
    printed
}

/// The message of the parse error for a text.
fn refused(text: &str) -> String {
    match parse(text, Some(&exports())) {
        Ok(scenario) => panic!("{text:?} was accepted as\n{}", print(&scenario)),
        Err(error) => error.to_string(),
    }
}

/// Fails unless parsing the text gives an error at this position, with this `found` and with an `expected` that contains
/// this text.
#[track_caller]
fn at(text: &str, line: u32, column: u32, found: &str, expected: &str) {
    let error = match parse(text, Some(&exports())) {
        Ok(scenario) => panic!("{text:?} was accepted as\n{}", print(&scenario)),
        Err(error) => error,
    };
    assert_eq!((error.line, error.column, &*error.found), (line, column, found), "{text:?}\n{error}");
    assert!(error.expected.contains(expected), "{text:?}\n{error}");
}

#[test]
fn every_statement_has_one_canonical_form() {
    for (text, printed) in [
        ("invoke check", "invoke checkDatabaseConnection\n"),
        ("invoke checkDatabaseConnectionProper", "invoke checkDatabaseConnectionProper\n"),
        ("invoke both", "invoke checkDatabaseConnection\ninvoke checkDatabaseConnectionProper\n"),
        ("invoke proper on 2 { \"a\" : [ 1 ] }", "invoke checkDatabaseConnectionProper on 2 {\"a\":[1]}\n"),
        ("invoke check {}", "invoke checkDatabaseConnection\n"),
        ("invoke check { }", "invoke checkDatabaseConnection\n"),
        ("invoke check null", "invoke checkDatabaseConnection null\n"),
        ("invoke check \"a # b; c\"", "invoke checkDatabaseConnection \"a # b; c\"\n"),
        ("invoke check -1.5e3", "invoke checkDatabaseConnection -1.5e3\n"),
        ("invoke \"checkDatabaseConnection\"", "invoke checkDatabaseConnection\n"),
        ("start check on 1", "start checkDatabaseConnection on 1\n"),
        ("queue both on 1 1", "queue checkDatabaseConnection on 1 1\nqueue checkDatabaseConnectionProper on 1 1\n"),
        ("freeze", "freeze\n"),
        ("freeze 2", "freeze 2\n"),
        ("freeze for 5m", "freeze for 5m\n"),
        ("freeze 2 for 0.5h", "freeze 2 for 30m\n"),
        ("thaw; thaw 3", "thaw\nthaw 3\n"),
        ("wait 1.5s; wait 1500us; wait 0s", "wait 1500ms\nwait 1500us\nwait 0ms\n"),
        ("wait 720h", "wait 720h\n"),
        ("terminate; terminate 1", "terminate\nterminate 1\n"),
        ("network reset; network 2 close-on-write", "network reset\nnetwork 2 close-on-write\n"),
        ("network 1 restore", "network 1 restore\n"),
        ("postgres stop; postgres start; postgres restart", "postgres stop\npostgres start\npostgres restart\n"),
        ("reclaim; reclaim 12", "reclaim\nreclaim 12\n"),
        ("deploy", "deploy\n"),
        ("say hello; say \"two words; fine\"; say \"\"", "say hello\nsay \"two words; fine\"\nsay \"\"\n"),
        ("say a#b", "say \"a#b\"\n"),
        ("say \"plain\"", "say plain\n"),
        ("say \"\\u00e9\\ud83d\\ude00\"", "say \"é😀\"\n"),
        ("set pool.min=0 pool.max=5\nset seed=7", "set pool.min=0 pool.max=5\nset seed=7\n"),
        ("set connection.password=\"a;b\" knex=\"3.3.0\"", "set connection.password=\"a;b\" knex=3.3.0\n"),
        ("set connection.password=a#b", "set connection.password=\"a#b\"\n"),
        ("set connection.password=#b", "set connection.password=\"#b\"\n"),
        ("set connection.password=a=b", "set connection.password=a=b\n"),
        (
            "set pool.idleTimeoutMillis=500 acquireConnectionTimeout=1.5s",
            "set pool.idleTimeoutMillis=500ms acquireConnectionTimeout=1500ms\n",
        ),
        (
            "set postgres.idle_session_timeout=0 latency.step=1us",
            "set postgres.idle_session_timeout=0ms latency.step=1us\n",
        ),
        (
            "set latency.jitter=0.10 pool.propagateCreateError=false",
            "set latency.jitter=0.1 pool.propagateCreateError=false\n",
        ),
        ("set lambda.timeout=900s lambda.memory=10240", "set lambda.timeout=15m lambda.memory=10240\n"),
    ] {
        assert_eq!(canonical(text), printed, "{text}");
    }
}

#[test]
fn extra_blanks_separators_and_comments_have_no_effect() {
    let plain = "invoke checkDatabaseConnection\nwait 2s\n";
    for text in [
        "invoke check;wait 2s",
        ";;\n invoke\tcheck ;; wait   2s;",
        "invoke check\r\nwait 2s\r\n",
        "invoke check\rwait 2s",
        "\u{feff}invoke check\nwait 2s",
        "# first; wait 1s\ninvoke check # the first\nwait 2s# not a comment".trim_end_matches("# not a comment"),
        "invoke\u{a0}check\u{3000};wait\u{2028}2s",
        "invoke check {}#comment\nwait 2s #",
        "invoke check {\n}\nwait 2s",
    ] {
        assert_eq!(canonical(text), plain, "{text:?}");
    }
    assert_eq!(canonical(""), "");
    assert_eq!(canonical(" # nothing; at all"), "");
}

#[test]
fn json_may_hold_separators_and_span_lines() {
    let scenario = parse("invoke check {\"a\": \"; # \\\" {\",\n \"b\": [1,\n 2]} ; wait 1s # end", None).unwrap();
    assert_eq!(scenario.statements.len(), 2);
    let call = scenario.statements[0].kind.call().unwrap();
    assert_eq!(&**call.event.text(), "{\"a\":\"; # \\\" {\",\"b\":[1,2]}");
    let span = scenario.statements[1].span;
    assert_eq!((span.line, span.column), (3, 8));
}

#[test]
fn a_statements_span_is_its_place_in_the_text() {
    let text = "  invoke both on 1 {}  # two\n\twait 2s;say é; say x";
    let scenario = parse(text, None).unwrap();
    let shown: Vec<_> = scenario
        .statements
        .iter()
        .map(|statement| (&text[statement.span.start..statement.span.end], statement.span.line, statement.span.column))
        .collect();
    assert_eq!(
        shown,
        [
            ("invoke both on 1 {}", 1, 3),
            ("invoke both on 1 {}", 1, 3),
            ("wait 2s", 2, 2),
            ("say é", 2, 10),
            ("say x", 2, 17)
        ]
    );
    assert_eq!(scenario.statements[1].to_string(), "invoke checkDatabaseConnectionProper on 1");
}

#[test]
fn a_parse_error_has_its_position_and_says_what_was_found_and_expected() {
    at("invok check", 1, 1, "`invok`", "a statement: set, invoke,");
    at("Invoke check", 1, 1, "`Invoke`", "a statement");
    at("wait 1s\n  invoke", 2, 9, "the end of the scenario", "a handler's name");
    at("invoke ; wait 1s", 1, 8, "`;`", "a handler's name");
    at(
        "invoke chek",
        1,
        8,
        "`chek`",
        "a handler of the module: checkDatabaseConnection or checkDatabaseConnectionProper",
    );
    at("invoke Check", 1, 8, "`Check`", "a handler of the module");
    at("invoke check on", 1, 16, "the end of the scenario", "an environment's number");
    at("invoke check on 0", 1, 17, "`0`", "an environment's number, from 1");
    at("invoke check on -1", 1, 17, "`-1`", "an environment's number");
    at("invoke check on 1.5", 1, 17, "`1.5`", "an environment's number");
    at("invoke check on x", 1, 17, "`x`", "an environment's number");
    at("invoke check on 99999999999", 1, 17, "`99999999999`", "an environment's number");
    at("invoke check {} on 2", 1, 17, "`on`", "`on N` stands before the event");
    at("invoke check {} {}", 1, 17, "`{`", "the end of the statement");
    at("invoke check foo", 1, 14, "`foo`", "`on N`, the event as JSON");
    at("invoke check{}", 1, 8, "`check{}`", "then a blank");
    at("invoke check {a: 1}", 1, 15, "`a`", "a key between double quotes");
    at("invoke check {\"a\":\n 01}", 2, 2, "`01`", "without leading zeros");
    at("invoke check {\"é\": tru}", 1, 20, "`tru`", "a JSON value");
    at("invoke check {\"a\": 1", 1, 21, "the end of the scenario", "`,` or the closing bracket");
    at("invoke check \"a\nb\"", 1, 16, "the end of the line", "`\"` at the end of the string");
    at("invoke check \"\\x\"", 1, 15, "`\\x`", "one of JSON's escapes");
    at("invoke check \"\t\"", 1, 15, "a tab", "an escape");
    at("invoke check 5x", 1, 15, "`x`", "the end of the statement");
    at("wait", 1, 5, "the end of the scenario", "a duration");
    at("wait 5", 1, 6, "`5`", "a duration with its unit");
    at("wait 0", 1, 6, "`0`", "a duration with its unit");
    at("wait -5s", 1, 6, "`-5s`", "a duration");
    at("wait 5d", 1, 6, "`5d`", "units");
    at("wait 31d", 1, 6, "`31d`", "units");
    at("wait 720.5h", 1, 6, "`720.5h`", "30 days");
    at("wait 5 s", 1, 6, "`5`", "a duration with its unit");
    at("wait 5s 6s", 1, 9, "`6s`", "the end of the statement");
    at("freeze 5m", 1, 8, "`5m`", "`for` and a duration");
    at("freeze for", 1, 11, "the end of the scenario", "a duration");
    at("freeze for ever", 1, 12, "`ever`", "a duration");
    at("freeze 0", 1, 8, "`0`", "an environment's number");
    at("freeze 1 2", 1, 10, "`2`", "`for`");
    at("thaw x", 1, 6, "`x`", "an environment's number");
    at("thaw 1 2", 1, 8, "`2`", "the end of the statement");
    at("reclaim all", 1, 9, "`all`", "an environment's number");
    at("network", 1, 8, "the end of the scenario", "reset, close,");
    at("network 1", 1, 10, "the end of the scenario", "reset, close,");
    at("network 1 rest", 1, 11, "`rest`", "reset, close, reset-on-write, close-on-write, silent or restore");
    at("postgres", 1, 9, "the end of the scenario", "stop, start or restart");
    at("postgres Stop", 1, 10, "`Stop`", "stop, start or restart");
    at("deploy now", 1, 8, "`now`", "the end of the statement");
    at("say", 1, 4, "the end of the scenario", "the caption");
    at("say # nothing", 1, 14, "the end of the scenario", "the caption");
    at("say two words", 1, 9, "`words`", "the end of the statement");
    at("say \"\\ud800\"", 1, 6, "`\\u`", "surrogate");
    at("say \"a\"b", 1, 8, "`b`", "the end of the statement");
    at("wait 1s\nset seed=2", 2, 1, "`set`", "before all other statements");
    at("set", 1, 4, "the end of the scenario", "KEY=VALUE");
    at("set seed", 1, 9, "the end of the scenario", "`=` right after the key");
    at("set seed =2", 1, 9, "a blank", "`=` right after the key");
    at("set seed= 2", 1, 10, "a blank", "right after `=`");
    at("set =2", 1, 5, "`=`", "key");
    at("set sed=2", 1, 5, "`sed`", "the key of a setting");
    at("set seed=-1", 1, 10, "`-1`", "an integer from 0 for seed");
    at("set seed=1 seed=2", 1, 12, "`seed`", "each setting once");
    at("set seed=1\nset knex=3.3.0 seed=2", 2, 16, "`seed`", "each setting once");
    at("set knex=3.2.0", 1, 10, "`3.2.0`", "0.17.0 or 3.3.0 for knex");
    at("set pool.min=-1", 1, 14, "`-1`", "an integer from 0");
    at("set pool.min=1.5", 1, 14, "`1.5`", "an integer from 0");
    at("set pool.propagateCreateError=yes", 1, 31, "`yes`", "true or false");
    at("set lambda.timeout=5", 1, 20, "`5`", "a duration from 1ms to 15m");
    at("set lambda.timeout=901s", 1, 20, "`901s`", "a duration from 1ms to 15m");
    at("set lambda.timeout=0s", 1, 20, "`0s`", "a duration from 1ms to 15m");
    at("set lambda.memory=127", 1, 19, "`127`", "an integer from 128 to 10240");
    at("set lambda.tmp=511", 1, 16, "`511`", "an integer from 512 to 10240");
    at("set lambda.freeze=Auto", 1, 19, "`Auto`", "auto or manual");
    at("set latency.connect=25", 1, 21, "`25`", "a duration with its unit");
    at("set postgres.idle_session_timeout=5", 1, 35, "`5`", "a duration with its unit");
    at("set latency.jitter=1.5", 1, 20, "`1.5`", "a number from 0 to 1");
    at("set latency.jitter=NaN", 1, 20, "`NaN`", "a number from 0 to 1");
    at("set connection.password=\"a\"b", 1, 28, "`b`", "a blank or the end of the statement");
    at("invoke check; \u{0}", 1, 15, "`\u{0}`", "a statement");
}

#[test]
fn a_parse_error_suggests_the_word_that_was_meant() {
    for (text, meant) in [
        ("invok check", "did you mean `invoke`?"),
        ("Wait 1s", "did you mean `wait`?"),
        ("invoke chek", "did you mean `check`?"),
        ("invoke checkDatabaseConnectionPropper", "did you mean `checkDatabaseConnectionProper`?"),
        ("set pool.mx=1", "did you mean `pool.max`?"),
        ("set max_connections=8", "did you mean `postgres.max_connections`?"),
        ("set pool.idleTimeoutMilis=8", "did you mean `pool.idleTimeoutMillis`?"),
        ("network rset", "did you mean `reset`?"),
        ("freeze 5m", "did you mean `for 5m`?"),
    ] {
        assert!(refused(text).contains(meant), "{}", refused(text));
    }
    assert!(!refused("frobnicate").contains("did you mean"));
}

#[test]
fn a_parse_error_shows_its_line_with_a_caret() {
    assert_eq!(
        refused("wait 1s\n\tinvoke  chek # é\nwait 2s"),
        "line 2, column 10: found `chek`, expected a handler of the module: checkDatabaseConnection or \
         checkDatabaseConnectionProper; did you mean `check`?\n  |\n2 | \tinvoke  chek # é\n  | \t        ^^^^"
    );
    assert_eq!(
        refused("wait"),
        "line 1, column 5: found the end of the scenario, expected a duration such as 250ms, 2s, 10m or 8h\n  |\n1 | wait\n  |     ^"
    );
    let long = format!("say \"{}\" {}", "a".repeat(300), "b".repeat(300));
    let error = refused(&long);
    assert!(error.lines().all(|line| line.chars().count() < 160), "{error}");
    let (line, carets) = (error.lines().nth(2).unwrap(), error.lines().nth(3).unwrap());
    let caret = carets.chars().position(|c| c == '^').unwrap();
    assert_eq!(line.chars().nth(caret), Some('b'));
    assert_eq!(line.chars().nth(caret - 1), Some(' '));
}

#[test]
fn handlers_are_the_exports_of_the_module() {
    let names = |names: &[&str]| names.iter().map(|name| Rc::from(*name)).collect::<Vec<Rc<str>>>();
    let read = |text, exports: &[Rc<str>]| parse(text, Some(exports)).map(|scenario| print(&scenario));
    let own = names(&["check", "my-handler", "ünï", "$_1"]);
    assert_eq!(read("invoke check", &own).as_deref(), Ok("invoke check\n"));
    assert_eq!(read("invoke \"my-handler\" {}", &own).as_deref(), Ok("invoke \"my-handler\"\n"));
    assert_eq!(read("invoke ünï;start $_1", &own).as_deref(), Ok("invoke ünï\nstart $_1\n"));
    assert!(read("invoke proper", &own).is_err());
    assert!(read("invoke both", &own).is_err());
    assert!(read("invoke my-handler", &own).unwrap_err().expected.contains("JSON string"));
    assert!(read("invoke a", &[]).unwrap_err().expected.contains("exports none"));
    // The exports of a module that throws while it loads are unknown, so every name is accepted.
    assert_eq!(parse("invoke anything", None).map(|scenario| print(&scenario)).as_deref(), Ok("invoke anything\n"));
    assert_eq!(
        parse("invoke check", None).map(|scenario| print(&scenario)).as_deref(),
        Ok("invoke checkDatabaseConnection\n")
    );
}

#[test]
fn settings_apply_on_top_of_those_that_are_given() {
    let scenario = parse("set pool.max=1 connection.port=5433\nset lambda.tmp=1024 latency.init=0s", None).unwrap();
    let mut expected = Settings::default();
    expected.pool.max = Some(1);
    expected.connection.port = 5433;
    expected.lambda.tmp_mb = 1024;
    expected.latency.init = Duration::ZERO;
    assert_eq!(scenario.settings(Settings::default()), expected);

    let mut module = Settings::default();
    module.lambda.deploy = Deployment::Shared;
    assert_eq!(scenario.settings(module.clone()).lambda.deploy, Deployment::Shared);
    let explicit = parse("set lambda.deploy=separate", None).unwrap();
    assert_eq!(explicit.settings(module).lambda.deploy, Deployment::Separate);
}

#[test]
fn a_scenario_past_a_limit_is_a_parse_error() {
    at(&"#".repeat(limits::SCENARIO_BYTES + 1), 1, 1, "65537 bytes", "65536 bytes at most");
    at(&"deploy\n".repeat(limits::SCENARIO_STATEMENTS + 1), 2001, 1, "`deploy`", "2000 statements at most");
    assert!(parse(&"deploy\n".repeat(limits::SCENARIO_STATEMENTS), None).is_ok());
    at(&format!("invoke check {}", "[".repeat(201)), 1, 214, "`[`", "200 levels");
}

#[test]
fn the_reference_has_every_statement_and_setting() {
    let page = include_str!("../../docs/scenario-language.md");
    for statement in STATEMENTS {
        let row = format!("| `{}` |", statement.form.replace('|', "\\|"));
        assert!(page.contains(&row), "{row}");
    }
    let mut rows = String::new();
    for setting in reference() {
        let SettingDoc { key, values, default, meaning } = setting;
        writeln!(rows, "| `{key}` | {values} | {default} | {meaning} |").unwrap();
    }
    assert!(page.contains(&rows), "the settings table should read\n\n{rows}");
}

fn call() -> impl Strategy<Value = Call> {
    let name = prop_oneof![
        4 => "[a-zA-Z_$][a-zA-Z0-9_$]{0,12}",
        1 => any::<String>(),
        1 => Just("on".to_string()),
    ];
    let name = name.prop_filter("an alias is another handler", |name| !["check", "proper", "both"].contains(&&**name));
    (name, target(), event()).prop_map(|(name, on, event)| Call { handler: name.into(), on, event })
}

fn event() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    });
    (value, any::<bool>()).prop_map(|(value, pretty)| {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        Json::parse(&text.unwrap()).unwrap()
    })
}

fn target() -> impl Strategy<Value = Option<EnvironmentId>> {
    prop::option::of((1..=u32::MAX).prop_map(EnvironmentId))
}

fn span() -> impl Strategy<Value = Duration> {
    let longest = limits::LONGEST_DURATION.as_micros();
    prop_oneof![0..=longest, (0..=720u64).prop_map(|hours| hours * 3_600_000_000)].prop_map(Duration::from_micros)
}

/// Assignments of some of the settings, in any order and each at most once.
fn assignments() -> impl Strategy<Value = Vec<Assignment>> {
    let keys: Vec<&'static str> = reference().map(|setting| setting.key).collect();
    let one = |key: &'static str| {
        let values = prop_oneof![
            any::<u32>().prop_map(|number| number.to_string()),
            (0..=20_000u32).prop_map(|number| number.to_string()),
            span().prop_map(|span| span.to_string()),
            (0.0..=1.0f64).prop_map(|share| format!("{share}")),
            prop::sample::select(vec![
                "0.17.0", "3.3.0", "true", "false", "auto", "manual", "separate", "shared", "text", "json"
            ])
            .prop_map(String::from),
            any::<String>(),
        ];
        prop::collection::vec(values, 12)
            .prop_map(move |values| values.iter().find_map(|value| Assignment::read(key, value).ok()))
    };
    prop::sample::subsequence(keys, 0..12)
        .prop_shuffle()
        .prop_flat_map(move |keys| keys.into_iter().map(one).collect::<Vec<_>>())
        .prop_map(|assignments| assignments.into_iter().flatten().collect())
}

fn statement() -> impl Strategy<Value = StatementKind> {
    prop_oneof![
        1 => call().prop_map(StatementKind::Invoke),
        1 => (target(), span()).prop_map(|(on, span)| StatementKind::FreezeFor { on, span }),
        1 => span().prop_map(StatementKind::Wait),
        10 => action().prop_map(StatementKind::Do),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        call().prop_map(Action::Invoke),
        call().prop_map(Action::Queue),
        target().prop_map(|on| Action::Freeze { on }),
        target().prop_map(|on| Action::Thaw { on }),
        target().prop_map(|on| Action::Terminate { on }),
        (target(), prop::sample::select(NetworkFault::ALL)).prop_map(|(on, fault)| Action::Network { on, fault }),
        prop::sample::select(ServerAction::ALL).prop_map(Action::Postgres),
        target().prop_map(|on| Action::Reclaim { on }),
        Just(Action::Deploy),
        any::<String>().prop_map(|caption| Action::Say(caption.into())),
    ]
}

fn scenario() -> impl Strategy<Value = Scenario> {
    (assignments(), any::<prop::sample::Index>(), prop::collection::vec(statement(), 0..12)).prop_map(
        |(assignments, cut, statements)| {
            let (first, second) = assignments.split_at(cut.index(assignments.len() + 1));
            let sets = [first, second].into_iter().filter(|part| !part.is_empty());
            let sets = sets.map(|part| StatementKind::Set(part.to_vec()));
            Scenario { statements: sets.chain(statements).map(Into::into).collect() }
        },
    )
}

/// A text that is nearly a scenario.
fn nearly() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        3 => prop::sample::select(vec![
            "set", "invoke", "start", "queue", "freeze", "thaw", "wait", "terminate", "network", "postgres", "reclaim", "deploy",
            "say", "check", "both", "on", "for", "0", "1", "2s", "1.5", "pool.max", "=", "seed=1", "latency.jitter=0.5", "{", "}",
            "[", "]", "\"", "\\", "\\u", "d83d", ":", ",", "#", ";", "\n", "\r\n", "\r", "\t", " ", "\u{feff}", "\u{2028}", "é", "😀",
            "silent", "stop", "null", "-", "\u{0}",
        ])
        .prop_map(String::from),
        1 => any::<String>(),
    ];
    prop::collection::vec((fragment, any::<bool>()), 0..24)
        .prop_map(|parts| parts.into_iter().map(|(part, blank)| if blank { part + " " } else { part }).collect())
}

/// Fails unless the text is a scenario that survives printing, or gives an error with its position.
fn check(text: &str) {
    match parse(text, None) {
        Ok(scenario) => assert_eq!(parse(&print(&scenario), None), Ok(scenario), "{text:?}"),
        Err(error) => {
            let message = error.to_string();
            assert!(error.line >= 1 && error.column >= 1 && message.contains('^'), "{text:?}");
        }
    }
}

proptest! {
    #[test]
    fn printing_loses_nothing(scenario in scenario()) {
        let printed = print(&scenario);
        let read = parse(&printed, None).unwrap_or_else(|error| panic!("{printed}\n{error}"));
        prop_assert_eq!(&read, &scenario);
        prop_assert_eq!(print(&read), printed);
    }

    #[test]
    fn settings_survive_printing_as_a_scenario(assignments in assignments()) {
        let mut settings = Settings::default();
        for assignment in &assignments {
            assignment.apply(&mut settings);
        }
        let set = difference(&settings, &Settings::default());
        let statements = if set.is_empty() { vec![] } else { vec![StatementKind::Set(set).into()] };
        let read = parse(&print(&Scenario { statements }), None).unwrap();
        prop_assert_eq!(read.settings(Settings::default()), settings);
    }

    #[test]
    fn any_text_is_a_scenario_or_an_error_with_its_position(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn text_that_is_nearly_a_scenario_is_one_or_an_error_with_its_position(text in nearly()) {
        check(&text);
    }
}
