//! Unit tests of the server: slots, timeouts, waits.

use std::rc::Rc;

use super::*;
use crate::settings::Settings;
use postgres::MockDatabase;

const ENVIRONMENT: EnvironmentId = EnvironmentId(1);

struct Fixture {
    server: Server<MockDatabase>,
    events: EventSink,
    now: Instant,
}

impl Fixture {
    fn new(configure: impl FnOnce(&mut PostgresSettings)) -> Self {
        let mut settings = Settings::default();
        configure(&mut settings.postgres);
        let server = Server::new(settings.postgres, MockDatabase::new(), &settings.latency);
        Self { server, events: EventSink::default(), now: Instant::ZERO }
    }

    fn receive(&mut self, connection: u32, message: ToServer) -> ServerOutput {
        self.server.receive(self.now, ConnectionId(connection), ENVIRONMENT, message, &mut self.events)
    }

    /// Connects, and returns the last message to the client.
    fn connect(&mut self, connection: u32) -> String {
        let output = self.receive(connection, ToServer::StartupMessage);
        if !matches!(output.sent[0].message, ToClient::AuthenticationRequest) {
            return text(&output.sent[0].message);
        }
        let credentials = Credentials {
            user: "app".into(),
            password: Some(crate::settings::RIGHT_PASSWORD.into()),
            database: "demo".into(),
            parameters: Vec::new(),
        };
        text(&self.receive(connection, ToServer::Password(Rc::new(credentials))).sent[0].message)
    }

    /// Sends a query, and returns the connections that are answered with the answers.
    fn query(&mut self, connection: u32, sql: &str) -> Vec<(u32, String)> {
        answers(&self.receive(connection, ToServer::Query { sql: sql.into(), parameters: Rc::new([]) }))
    }

    fn states(&self) -> Vec<String> {
        self.server.slots().flatten().map(|(_, backend)| backend.state().to_string()).collect()
    }
}

fn answers(output: &ServerOutput) -> Vec<(u32, String)> {
    output.sent.iter().map(|sent| (sent.connection.0, text(&sent.message))).collect()
}

fn text(message: &ToClient) -> String {
    match message {
        ToClient::Results(results) => results[0].command.to_owned(),
        ToClient::ReadyForQuery(_) => "ready".to_owned(),
        ToClient::ErrorResponse(error) | ToClient::FatalErrorResponse(error) => error.sqlstate.code().to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn slots_are_counted_at_the_start_and_reserved_ones_after_the_password() {
    let mut fixture = Fixture::new(|settings| {
        settings.max_connections = 3;
        settings.superuser_reserved_connections = 1;
    });
    assert_eq!([1, 2, 3].map(|connection| fixture.connect(connection)), ["ready", "ready", "53300"]);
    fixture.receive(4, ToServer::StartupMessage);
    assert_eq!(fixture.connect(5), "53300");
    assert_eq!(fixture.states(), ["idle", "idle", "starting"]);
    assert_eq!(fixture.server.sessions_of(ENVIRONMENT).count(), 2, "a connection that authenticates has no session");
}

#[test]
fn a_session_has_the_state_of_its_transaction() {
    let mut fixture = Fixture::new(|_| {});
    fixture.connect(1);
    let mut state_after = |sql: &str| {
        fixture.query(1, sql);
        fixture.states().concat()
    };
    assert_eq!(
        ["begin", "selec", "commit", "select pg_sleep(1)"].map(&mut state_after),
        ["idle in transaction", "idle in transaction (aborted)", "idle", "active"]
    );
}

#[test]
fn the_idle_timeout_of_a_transaction_ends_its_session() {
    let mut fixture = Fixture::new(|settings| {
        settings.idle_in_transaction_session_timeout = Duration::from_secs(5);
    });
    fixture.connect(1);
    let begin = ToServer::Query { sql: "begin".into(), parameters: Rc::new([]) };
    let wake = fixture.receive(1, begin).wakes.pop().unwrap();
    assert_eq!(wake.at, Instant::ZERO + Duration::from_secs(5));
    let output = fixture.server.wake(wake.at, wake.pid, wake.ticket, &mut fixture.events);
    assert_eq!(answers(&output), [(1, "25P03".into()), (1, "ConnectionClosed".into())]);
    assert!(!fixture.server.awaits(wake.pid, wake.ticket));
}

#[test]
fn a_wake_with_an_old_ticket_is_void() {
    let mut fixture = Fixture::new(|_| {});
    let wake = fixture.receive(1, ToServer::StartupMessage).wakes.pop().unwrap();
    fixture.connect(2);
    assert!(fixture.server.awaits(wake.pid, wake.ticket));
    let credentials = Credentials {
        user: "app".into(),
        password: Some(crate::settings::RIGHT_PASSWORD.into()),
        database: "demo".into(),
        parameters: Vec::new(),
    };
    fixture.receive(1, ToServer::Password(Rc::new(credentials)));
    assert!(fixture.server.wake(wake.at, wake.pid, wake.ticket, &mut fixture.events).sent.is_empty());
    assert_eq!(fixture.states(), ["idle", "idle"]);
}

#[test]
fn a_backend_notices_a_lost_client_when_it_answers() {
    let mut fixture = Fixture::new(|_| {});
    fixture.connect(1);
    fixture.query(1, "select pg_sleep(1)");
    fixture.receive(1, ToServer::Terminate);
    assert_eq!(fixture.states(), ["active"]);
    let pid = fixture.server.pids(None)[0];
    let ticket = fixture.server.backends.get(&pid).unwrap().ticket;
    assert!(fixture.server.wake(fixture.now, pid, ticket, &mut fixture.events).sent.is_empty());
    assert!(fixture.states().is_empty());
}

#[test]
fn a_chain_of_waits_as_long_as_the_server_has_slots_is_released() {
    const CONNECTIONS: u32 = 600;
    let mut fixture = Fixture::new(|settings| settings.max_connections = CONNECTIONS + 10);
    for connection in 1..=CONNECTIONS {
        fixture.connect(connection);
    }
    fixture.query(1, "select pg_advisory_lock(1)");
    // Each takes the lock for its own transaction, which is one statement long.
    for connection in 2..=CONNECTIONS {
        assert!(fixture.query(connection, "select pg_advisory_xact_lock(1)").is_empty());
    }
    let released = fixture.query(1, "select pg_advisory_unlock(1)");
    assert_eq!(released.len(), CONNECTIONS as usize);
    assert!(fixture.states().iter().all(|state| state == "idle"));
}

#[test]
fn a_lock_timeout_ends_a_wait() {
    let mut fixture = Fixture::new(|_| {});
    fixture.connect(1);
    fixture.connect(2);
    fixture.query(1, "select pg_advisory_lock(1)");
    fixture.query(2, "set lock_timeout = 100");
    let query = ToServer::Query { sql: "select pg_advisory_lock(1)".into(), parameters: Rc::new([]) };
    let wake = fixture.receive(2, query).wakes.pop().unwrap();
    assert_eq!(wake.at, fixture.now + Duration::from_millis(100));
    let output = fixture.server.wake(wake.at, wake.pid, wake.ticket, &mut fixture.events);
    assert_eq!(answers(&output), [(2, "55P03".into())]);
}

#[test]
fn a_shutdown_ends_all_sessions_and_refuses_new_ones() {
    let mut fixture = Fixture::new(|_| {});
    fixture.connect(1);
    let output = fixture.server.stop(fixture.now, &mut fixture.events);
    assert_eq!(answers(&output), [(1, "57P01".into()), (1, "ConnectionClosed".into())]);
    assert_eq!(fixture.connect(2), "ConnectionRefused");
    fixture.server.start(fixture.now, &mut fixture.events);
    assert_eq!(fixture.connect(3), "ready");
}

#[test]
fn addresses_that_are_not_the_servers_are_told_apart() {
    assert_eq!(reachability("localhost", 5_432), Reachability::Listening);
    assert_eq!(reachability("127.0.0.1", 5_433), Reachability::Refused);
    assert_eq!(reachability("10.0.0.1", 5_432), Reachability::Unreachable);
    assert_eq!(reachability("db.example.com", 5_432), Reachability::NotFound);
}
