//! The network between environments and the server: how long things take on their way, and what happens to a connection.
//!
//! A link is a TCP connection as the network sees it. It knows nothing of what travels on it (`P`): it tells when a packet
//! arrives, or that it does not. A fault changes what happens to what is sent from then on; `silent` holds packets back
//! like a lossy path does (TCP sends them again), so that `restore` lets them arrive after all.

use base::sorted_map::{SortedMap, SortedSet};

pub use crate::event::NetworkFault;
use crate::event::{ConnectionId, EnvironmentId};
use crate::random::Random;
use crate::settings::Latencies;
use base::time::{Duration, Instant};

/// What the next write meets where the other side is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnWrite {
    /// A reset.
    Reset,
    /// A close.
    Close,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery<P> {
    /// It arrives at this moment.
    Arrives(Instant, P),
    /// It is held back.
    Held,
    /// The other side is gone: this is what comes back, at this moment.
    Bounces(Instant, OnWrite),
    /// The link is not there (any more).
    Gone,
}

#[derive(Clone, Debug)]
struct Link {
    environment: EnvironmentId,
    on_write: Option<OnWrite>,
    /// When the last packet of each way arrives: TCP keeps their order, whatever the jitter.
    last: [Instant; 2],
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network<P> {
    latencies: Latencies,
    random: Random,
    links: SortedMap<ConnectionId, Link>,
    silent: SortedSet<EnvironmentId>,
    held: Vec<(ConnectionId, Direction, Duration, P)>,
    last_connection: u32,
}

impl<P> Network<P> {
    /// A network without connections; `seed` is what jitter is drawn from.
    pub fn new(latencies: Latencies, seed: u64) -> Self {
        Self {
            latencies,
            random: Random::new(seed ^ 0x6e65_7477_6f72_6b00),
            links: SortedMap::new(),
            silent: SortedSet::new(),
            held: Vec::new(),
            last_connection: 0,
        }
    }

    /// The latencies.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// `span`, longer by a share of up to `latency.jitter`.
    pub fn jittered(&mut self, span: Duration) -> Duration {
        if self.latencies.jitter <= 0.0 {
            return span;
        }
        let extra = span.as_micros() as f64 * self.latencies.jitter * self.random.share();
        span + Duration::from_micros(extra as u64)
    }

    /// Opens a link from an environment.
    pub fn open(&mut self, environment: EnvironmentId) -> ConnectionId {
        self.last_connection += 1;
        let connection = ConnectionId(self.last_connection);
        self.links.insert(connection, Link { environment, on_write: None, last: [Instant::ZERO; 2] });
        connection
    }

    /// The link is no more: what is still on its way is lost.
    pub fn close(&mut self, connection: ConnectionId) {
        self.links.remove(&connection);
        self.held.retain(|(held, ..)| *held != connection);
    }

    /// Whether the link is there.
    pub fn is_open(&self, connection: ConnectionId) -> bool {
        self.links.contains_key(&connection)
    }

    /// How many links there are.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The links of an environment, in the order in which they were opened.
    pub fn links_of(&self, environment: EnvironmentId) -> Vec<ConnectionId> {
        self.links.iter().filter(|(_, link)| link.environment == environment).map(|(id, _)| *id).collect()
    }

    /// The environment whose link this is.
    pub fn environment_of(&self, connection: ConnectionId) -> Option<EnvironmentId> {
        self.links.get(&connection).map(|link| link.environment)
    }

    /// Whether packets of this environment vanish now.
    pub fn is_silent(&self, environment: EnvironmentId) -> bool {
        self.silent.contains(&environment)
    }

    /// Whether the other side of a link is gone without a word.
    pub fn is_cut(&self, connection: ConnectionId) -> bool {
        self.links.get(&connection).is_some_and(|link| link.on_write.is_some())
    }

    /// The other side of a link is gone without a word; its next write meets `on_write`.
    pub fn cut(&mut self, connection: ConnectionId, on_write: OnWrite) {
        if let Some(link) = self.links.get_mut(&connection) {
            link.on_write = Some(on_write);
        }
    }

    /// Packets of this environment vanish from now on.
    pub fn silence(&mut self, environment: EnvironmentId) {
        self.silent.insert(environment);
    }

    /// Sends a packet that takes `span` on its way.
    pub fn send(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        way: Direction,
        span: Duration,
        packet: P,
    ) -> Delivery<P> {
        let span = self.jittered(span);
        let round_trip = self.latencies.query;
        let Some(link) = self.links.get_mut(&connection) else {
            return Delivery::Gone;
        };
        if self.silent.contains(&link.environment) {
            self.held.push((connection, way, span, packet));
            return Delivery::Held;
        }
        if way == Direction::Up
            && let Some(on_write) = link.on_write
        {
            return Delivery::Bounces(now + round_trip, on_write);
        }
        let last = &mut link.last[way as usize];
        let arrives = (now + span).max(*last);
        *last = arrives;
        Delivery::Arrives(arrives, packet)
    }

    /// Packets of this environment arrive again; what was held back is sent once more.
    pub fn restore(&mut self, now: Instant, environment: EnvironmentId) -> Vec<(ConnectionId, Direction, Delivery<P>)> {
        self.silent.remove(&environment);
        let mut sent = Vec::new();
        for (connection, way, span, packet) in core::mem::take(&mut self.held) {
            if self.environment_of(connection) == Some(environment) {
                let fate = self.send(now, connection, way, span, packet);
                sent.push((connection, way, fate));
            } else {
                self.held.push((connection, way, span, packet));
            }
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn network() -> (Network<u8>, ConnectionId) {
        let mut network = Network::new(Settings::default().latency, 1);
        let connection = network.open(EnvironmentId(1));
        (network, connection)
    }

    const SPAN: Duration = Duration::from_millis(1);

    #[test]
    fn a_packet_takes_its_time() {
        let (mut network, connection) = network();
        assert_eq!(
            network.send(Instant::ZERO, connection, Direction::Up, SPAN, 7),
            Delivery::Arrives(Instant::from_micros(1_000), 7)
        );
    }

    #[test]
    fn silence_holds_packets_back_until_it_is_lifted() {
        let (mut network, connection) = network();
        network.silence(EnvironmentId(1));
        assert_eq!(network.send(Instant::ZERO, connection, Direction::Up, SPAN, 7), Delivery::Held);
        let later = Instant::from_micros(5_000_000);
        assert_eq!(
            network.restore(later, EnvironmentId(1)),
            [(connection, Direction::Up, Delivery::Arrives(later + SPAN, 7))]
        );
    }

    #[test]
    fn a_peer_that_is_gone_answers_only_a_write() {
        let (mut network, connection) = network();
        network.cut(connection, OnWrite::Reset);
        assert!(matches!(
            network.send(Instant::ZERO, connection, Direction::Up, SPAN, 7),
            Delivery::Bounces(_, OnWrite::Reset)
        ));
        network.close(connection);
        assert_eq!(network.send(Instant::ZERO, connection, Direction::Up, SPAN, 7), Delivery::Gone);
    }

    #[test]
    fn jitter_never_reorders_a_link() {
        let mut latencies = Settings::default().latency;
        latencies.jitter = 1.0;
        let mut network = Network::new(latencies, 3);
        let connection = network.open(EnvironmentId(1));
        let mut last = Instant::ZERO;
        for step in 0..200 {
            let now = Instant::from_micros(step);
            let Delivery::Arrives(at, ()) = network.send(now, connection, Direction::Down, SPAN, ()) else { panic!() };
            assert!(at >= last);
            last = at;
        }
    }
}
