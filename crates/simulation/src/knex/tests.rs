//! The pool, the driver and its queries, driven packet by packet without a process around them.

use std::rc::Rc;

use super::driver::{ClientState, Disposed};
use super::pool::PoolCounts;
use super::profile::V3_3_0;
use super::raw::CompiledStatement;
use super::run::QueryRun;
use super::{Cx, Knex, Outgoing};
use crate::event::{BackendPid, ClientId, ConnectionId, EnvironmentId, EventKind, EventSink, Position};
use crate::network::Network;
use crate::node::event_loop::{Drain, Drained, EventLoop, Task, Turn};
use crate::server::{ToClient, ToServer};
use crate::settings::Settings;
use base::time::{Duration, Instant};
use javascript::{PromiseState, Registry, Value, Vm, VmOptions};
use postgres::{QueryResult, SqlError, SqlState};

const CLIENT: ClientId = ClientId(0);

/// Knex 3.3 with one client, and all that it works on.
struct Bench {
    vm: Vm,
    knex: Knex,
    event_loop: EventLoop,
    drain: Drain,
    events: EventSink,
    network: Network<super::Packet>,
    outbox: Vec<Outgoing>,
    now: Instant,
}

impl Bench {
    /// A bench whose client has these pool options and connection options, both as JSON.
    fn new(pool: &str, connection: &str) -> Self {
        let mut bench = Self {
            vm: Vm::new(VmOptions { heap_bytes: 1 << 20 }, Registry::new(&[&super::exports::LAYER])),
            knex: Knex::new(&V3_3_0),
            event_loop: EventLoop::default(),
            drain: Drain::default(),
            events: EventSink::default(),
            network: Network::new(Settings::default().latency, 1),
            outbox: Vec::new(),
            now: Instant::ZERO,
        };
        let config = format!(
            r#"{{"client":"pg","version":"16.4","pool":{pool},
                "connection":{{"host":"127.0.0.1","user":"app","password":"secret",{connection}"database":"demo"}}}}"#
        );
        let config = bench.vm.json_parse(&config).expect("the config is JSON");
        let client = bench.call(|knex, vm, cx| knex.make_client(vm, cx, &config));
        assert_eq!(client, Ok(CLIENT));
        bench
    }

    /// Calls Knex, then runs its ticks and microtasks.
    fn call<T>(&mut self, work: impl FnOnce(&mut Knex, &mut Vm, &mut Cx<'_>) -> T) -> T {
        let result = self.with_context(work);
        self.drain.begin();
        loop {
            let number = match self.drain.next(self.vm.has_jobs()) {
                Drained::Tick(tick) => match tick.task {
                    Task::Host(number) => number,
                    Task::Call { .. } => continue,
                },
                Drained::Microtask => self.vm.take_host_job().expect("there is no handler, so all jobs are Knex's"),
                Drained::Nothing => return result,
            };
            self.with_context(|knex, vm, cx| knex.run_task(vm, cx, number));
        }
    }

    fn with_context<T>(&mut self, work: impl FnOnce(&mut Knex, &mut Vm, &mut Cx<'_>) -> T) -> T {
        let mut cx = Cx {
            now: self.now,
            environment: EnvironmentId(1),
            invocation: None,
            event_loop: &mut self.event_loop,
            drain: &mut self.drain,
            events: &mut self.events,
            network: &mut self.network,
            outbox: &mut self.outbox,
            resets_unread: &[],
            variables: &[],
        };
        work(&mut self.knex, &mut self.vm, &mut cx)
    }

    /// Begins a query; returns its promise.
    fn query(&mut self, sql: &str) -> Value {
        let promise = self.vm.new_promise();
        let statement = CompiledStatement { sql: sql.into(), shown: sql.into(), parameters: Ok(Rc::from([])) };
        let run = QueryRun {
            promise: self.vm.retain(promise.clone()),
            statement: Ok(statement),
            position: Position::default(),
            rows_alone: false,
            context: 0,
            connection: None,
        };
        self.call(|knex, vm, cx| knex.begin(vm, cx, CLIENT, run));
        promise
    }

    fn receive(&mut self, packet: ToClient) {
        self.call(|knex, vm, cx| knex.receive(vm, cx, ConnectionId(1), packet));
    }

    /// The server takes the first connection.
    fn accept(&mut self) {
        self.receive(ToClient::AuthenticationRequest);
        self.receive(ToClient::ReadyForQuery(BackendPid(7)));
    }

    /// Runs what the loop has to do at `now`.
    fn run_loop(&mut self, now: Duration) {
        self.now = Instant::ZERO + now;
        loop {
            match self.event_loop.next_turn(self.now, 0) {
                Turn::Timer(timer) => {
                    if let Task::Host(number) = timer.task {
                        self.call(|knex, vm, cx| knex.run_task(vm, cx, number));
                    }
                    self.event_loop.timer_callback_over();
                }
                Turn::Close(token) => self.call(|knex, vm, cx| knex.closed(vm, cx, token)),
                Turn::Block(_) => return,
                turn => panic!("{turn:?}"),
            }
        }
    }

    fn counts(&self) -> PoolCounts {
        self.knex.pool_of(CLIENT).expect("the client has a pool").counts()
    }

    fn connection(&self) -> &super::driver::Connection {
        self.knex.connections.get(&ConnectionId(1)).expect("it is kept")
    }

    /// Takes what was sent, in short.
    fn sent(&mut self) -> Vec<String> {
        let short = |outgoing: Outgoing| match outgoing.packet {
            ToServer::StartupMessage => "connect".to_owned(),
            ToServer::Password(_) => "password".to_owned(),
            ToServer::Query { sql, .. } => sql.to_string(),
            ToServer::Terminate => "close".to_owned(),
        };
        self.outbox.drain(..).map(short).collect()
    }

    /// The message with which a promise is rejected.
    fn rejection(&self, promise: &Value) -> String {
        match self.vm.promise_state(promise) {
            Some(PromiseState::Rejected(error)) => self.vm.error_message(&error).unwrap_or_default().to_string(),
            state => format!("{state:?}"),
        }
    }

    fn printed(&mut self) -> Vec<String> {
        let line = |kind| match kind {
            EventKind::Printed { text, .. } => Some(text.to_string()),
            _ => None,
        };
        self.events.take().into_iter().filter_map(|event| line(event.kind)).collect()
    }
}

fn terminated() -> ToClient {
    ToClient::FatalErrorResponse(SqlError::new(
        SqlState::ADMIN_SHUTDOWN,
        "terminating connection due to administrator command",
    ))
}

#[test]
fn the_first_query_makes_a_connection_and_goes_out_over_it() {
    let mut bench = Bench::new(r#"{"min":0,"max":1}"#, "");
    bench.query("select 1");
    assert_eq!(bench.sent(), ["connect"]);
    assert_eq!(bench.counts(), PoolCounts { pending_acquires: 1, pending_creates: 1, ..PoolCounts::default() });
    bench.accept();
    assert_eq!(bench.sent(), ["password", "select 1"]);
    assert_eq!(bench.counts(), PoolCounts { used: 1, ..PoolCounts::default() });
}

#[test]
fn a_released_connection_goes_to_the_acquire_that_waits() {
    let mut bench = Bench::new(r#"{"min":0,"max":1}"#, "");
    let first = bench.query("select 1");
    bench.accept();
    bench.query("select 2");
    assert_eq!(bench.counts(), PoolCounts { used: 1, pending_acquires: 1, ..PoolCounts::default() });
    bench.sent();
    bench.receive(ToClient::Results(vec![QueryResult::default()]));
    assert!(matches!(bench.vm.promise_state(&first), Some(PromiseState::Fulfilled(_))));
    assert_eq!(bench.sent(), ["select 2"]);
    assert_eq!(bench.counts(), PoolCounts { used: 1, ..PoolCounts::default() });
}

#[test]
fn an_acquire_without_room_times_out() {
    let mut bench = Bench::new(r#"{"min":0,"max":1,"acquireTimeoutMillis":500}"#, "");
    bench.query("select 1");
    bench.accept();
    let second = bench.query("select 2");
    bench.run_loop(Duration::from_millis(500));
    assert!(bench.rejection(&second).starts_with("Knex: Timeout acquiring a connection."));
    assert_eq!(bench.counts(), PoolCounts { used: 1, ..PoolCounts::default() });
}

#[test]
fn the_reaper_closes_what_was_free_for_too_long() {
    let mut bench = Bench::new(r#"{"min":0,"max":1,"idleTimeoutMillis":2000,"reapIntervalMillis":1000}"#, "");
    bench.query("select 1");
    bench.accept();
    bench.receive(ToClient::Results(vec![QueryResult::default()]));
    bench.run_loop(Duration::from_millis(1_000));
    assert_eq!(bench.counts(), PoolCounts { free: 1, ..PoolCounts::default() });
    bench.sent();
    bench.run_loop(Duration::from_millis(2_000));
    assert_eq!(bench.sent(), ["close"]);
    assert_eq!(bench.counts(), PoolCounts::default());
}

#[test]
fn a_lost_free_connection_is_noted_and_replaced_when_it_is_acquired() {
    let mut bench = Bench::new(r#"{"min":0,"max":1}"#, "");
    bench.query("select 1");
    bench.accept();
    bench.receive(ToClient::Results(vec![QueryResult::default()]));
    bench.receive(terminated());
    assert_eq!(bench.connection().state, ClientState::Broken);
    assert!(matches!(bench.connection().disposed, Some(Disposed::Error(_))));
    bench.receive(ToClient::ConnectionClosed);
    bench.run_loop(Duration::ZERO);
    assert_eq!(bench.connection().disposed, Some(Disposed::Ended), "`end` replaces the note of the error");
    bench.sent();
    bench.printed();
    bench.query("select 2");
    assert_eq!(bench.printed(), ["Connection Error: Connection ended unexpectedly"]);
    bench.run_loop(Duration::from_millis(1));
    assert_eq!(bench.sent(), ["connect"]);
}

#[test]
fn an_error_that_ends_the_session_answers_the_active_query_first() {
    let mut bench = Bench::new(r#"{"min":0,"max":1}"#, "");
    let promise = bench.query("select 1");
    bench.accept();
    bench.receive(terminated());
    assert_eq!(bench.rejection(&promise), "select 1 - terminating connection due to administrator command");
    assert_eq!(bench.connection().state, ClientState::Ready, "pg learns of the end by the end of the socket");
}

#[test]
fn a_query_that_timed_out_keeps_its_connection_busy() {
    let mut bench = Bench::new(r#"{"min":0,"max":1}"#, r#""query_timeout":100,"#);
    let promise = bench.query("select 1");
    bench.accept();
    bench.sent();
    bench.run_loop(Duration::from_millis(100));
    assert_eq!(bench.rejection(&promise), "select 1 - Query read timeout");
    assert_eq!(bench.counts(), PoolCounts { free: 1, ..PoolCounts::default() });
    assert!(bench.connection().active.is_some());
    bench.query("select 2");
    assert!(bench.sent().is_empty(), "it waits behind the first");
    bench.receive(ToClient::Results(vec![QueryResult::default()]));
    assert_eq!(bench.sent(), ["select 2"]);
}
