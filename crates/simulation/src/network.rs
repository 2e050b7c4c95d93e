//! The network between environments and the server: latencies, and faults.
//!
//! A link is a TCP connection as the network sees it. The network does not know what travels over a link (`P`): it decides
//! when a packet arrives, and whether it does. A fault affects all packets that are sent from then on. While an environment
//! is silent, its packets are held back and sent again by `restore`, as TCP retransmits them over a lossy path.

use base::sorted_map::{SortedMap, SortedSet};
use base::time::{Duration, Instant};

pub use crate::event::NetworkFault;
use crate::event::{ConnectionId, EnvironmentId};
use crate::random::Random;
use crate::settings::Latencies;

/// The answer to the next write over a link whose other side is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnWrite {
    /// A TCP reset.
    Reset,
    /// The end of the stream.
    Close,
}

/// The direction of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// The fate of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery<P> {
    /// The packet arrives at this time.
    Arrives(Instant, P),
    /// The packet is held back until the network is restored.
    Held,
    /// The other side is gone, and its answer arrives at this time.
    Bounces(Instant, OnWrite),
    /// The packet is lost: the link is closed.
    Lost,
}

/// A packet that is held back.
#[derive(Clone, Debug)]
struct HeldPacket<P> {
    connection: ConnectionId,
    direction: Direction,
    latency: Duration,
    packet: P,
}

#[derive(Clone, Debug)]
struct Link {
    environment: EnvironmentId,
    /// The answer to the next write, once the other side is gone.
    on_write: Option<OnWrite>,
    /// The arrival of the last packet in each direction. TCP keeps packets in order, whatever the jitter.
    last_at_server: Instant,
    last_at_client: Instant,
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network<P> {
    latencies: Latencies,
    random: Random,
    links: SortedMap<ConnectionId, Link>,
    /// The environments whose packets vanish.
    silent: SortedSet<EnvironmentId>,
    held: Vec<HeldPacket<P>>,
    last_connection: u32,
}

impl<P> Network<P> {
    /// A network without links. `seed` determines the jitter.
    pub fn new(latencies: Latencies, seed: u64) -> Self {
        /// The letters "network": tells the seed from those of other sources of chance.
        const STREAM: u64 = 0x6e65_7477_6f72_6b00;
        Self {
            latencies,
            random: Random::new(seed ^ STREAM),
            links: SortedMap::new(),
            silent: SortedSet::new(),
            held: Vec::new(),
            last_connection: 0,
        }
    }

    /// The configured latencies.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// A duration with jitter: longer by a random share of up to `latency.jitter`.
    pub fn jittered(&mut self, duration: Duration) -> Duration {
        if self.latencies.jitter <= 0.0 {
            return duration;
        }
        let extra = duration.as_micros() as f64 * self.latencies.jitter * self.random.share();
        duration + Duration::from_micros(extra as u64)
    }

    /// Opens a link from an environment.
    pub fn open(&mut self, environment: EnvironmentId) -> ConnectionId {
        self.last_connection += 1;
        let connection = ConnectionId(self.last_connection);
        let link = Link { environment, on_write: None, last_at_server: Instant::ZERO, last_at_client: Instant::ZERO };
        self.links.insert(connection, link);
        connection
    }

    /// Closes a link. Packets that are held back are lost.
    pub fn close(&mut self, connection: ConnectionId) {
        self.links.remove(&connection);
        self.held.retain(|held| held.connection != connection);
    }

    /// The number of open links.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// True if no link is open.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The links of an environment, in the order in which they were opened.
    pub fn links_of(&self, environment: EnvironmentId) -> Vec<ConnectionId> {
        self.links.iter().filter(|(_, link)| link.environment == environment).map(|(id, _)| *id).collect()
    }

    /// The environment of an open link.
    pub fn environment_of(&self, connection: ConnectionId) -> Option<EnvironmentId> {
        self.links.get(&connection).map(|link| link.environment)
    }

    /// True while the packets of an environment vanish.
    pub fn is_silent(&self, environment: EnvironmentId) -> bool {
        self.silent.contains(&environment)
    }

    /// True if the other side of an open link is gone without notice.
    pub fn is_cut(&self, connection: ConnectionId) -> bool {
        self.links.get(&connection).is_some_and(|link| link.on_write.is_some())
    }

    /// Removes the other side of a link without notice. The next write is answered with `on_write`.
    pub fn cut(&mut self, connection: ConnectionId, on_write: OnWrite) {
        if let Some(link) = self.links.get_mut(&connection) {
            link.on_write = Some(on_write);
        }
    }

    /// Makes the packets of an environment vanish.
    pub fn silence(&mut self, environment: EnvironmentId) {
        self.silent.insert(environment);
    }

    /// Sends a packet that takes `latency`, without jitter, to the other side.
    pub fn send(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        direction: Direction,
        latency: Duration,
        packet: P,
    ) -> Delivery<P> {
        let latency = self.jittered(latency);
        let round_trip = self.latencies.query;
        let Some(link) = self.links.get_mut(&connection) else {
            return Delivery::Lost;
        };
        if self.silent.contains(&link.environment) {
            self.held.push(HeldPacket { connection, direction, latency, packet });
            return Delivery::Held;
        }
        if let (Direction::ToServer, Some(on_write)) = (direction, link.on_write) {
            return Delivery::Bounces(now + round_trip, on_write);
        }
        let last = match direction {
            Direction::ToServer => &mut link.last_at_server,
            Direction::ToClient => &mut link.last_at_client,
        };
        *last = (now + latency).max(*last);
        Delivery::Arrives(*last, packet)
    }

    /// Lets the packets of an environment arrive again, and sends those that were held back.
    pub fn restore(&mut self, now: Instant, environment: EnvironmentId) -> Vec<(ConnectionId, Delivery<P>)> {
        self.silent.remove(&environment);
        let mut sent = Vec::new();
        for held in core::mem::take(&mut self.held) {
            let connection = held.connection;
            if self.environment_of(connection) == Some(environment) {
                sent.push((connection, self.send(now, connection, held.direction, held.latency, held.packet)));
            } else {
                self.held.push(held);
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

    const LATENCY: Duration = Duration::from_millis(1);

    #[test]
    fn a_packet_takes_its_time() {
        let (mut network, connection) = network();
        assert_eq!(
            network.send(Instant::ZERO, connection, Direction::ToServer, LATENCY, 7),
            Delivery::Arrives(Instant::from_micros(1_000), 7)
        );
    }

    #[test]
    fn silence_holds_packets_back_until_it_is_lifted() {
        let (mut network, connection) = network();
        network.silence(EnvironmentId(1));
        assert_eq!(network.send(Instant::ZERO, connection, Direction::ToServer, LATENCY, 7), Delivery::Held);
        let later = Instant::from_micros(5_000_000);
        assert_eq!(network.restore(later, EnvironmentId(1)), [(connection, Delivery::Arrives(later + LATENCY, 7))]);
    }

    #[test]
    fn a_peer_that_is_gone_answers_only_a_write() {
        let (mut network, connection) = network();
        network.cut(connection, OnWrite::Reset);
        assert!(matches!(
            network.send(Instant::ZERO, connection, Direction::ToServer, LATENCY, 7),
            Delivery::Bounces(_, OnWrite::Reset)
        ));
        network.close(connection);
        assert_eq!(network.send(Instant::ZERO, connection, Direction::ToServer, LATENCY, 7), Delivery::Lost);
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
            let Delivery::Arrives(at, ()) = network.send(now, connection, Direction::ToClient, LATENCY, ()) else {
                panic!("the link is open")
            };
            assert!(at >= last);
            last = at;
        }
    }
}
