//! How many sockets there are, in all and from one address.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use kefu_proto::v1::Problem;
use parking_lot::Mutex;

use crate::{door::Peer, measures, problem::passing};

/// Counts sockets.
pub(crate) struct Seats {
    taken: Mutex<Taken>,
    max: usize,
    per_ip_max: usize,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One socket's seat; free again when dropped.
pub(crate) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Seats {
    /// At most `max` sockets, and `per_ip_max` from one address.
    pub(crate) fn new(max: usize, per_ip_max: usize) -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
            max,
            per_ip_max,
        })
    }

    /// Takes a seat.
    ///
    /// # Errors
    /// `overloaded` when all are taken, `rate_limited` when this address has too many.
    pub(crate) fn take(self: &Arc<Self>, peer: Peer) -> Result<Seat, Problem> {
        let address = peer.key();
        let mut taken = self.taken.lock();
        if taken.all >= self.max {
            return Err(passing(
                "overloaded",
                "this server holds all the sockets it may",
                5_000,
            ));
        }
        let here = taken.by_address.get(&address).copied().unwrap_or(0);
        if here >= self.per_ip_max {
            return Err(passing(
                "rate_limited",
                "too many sockets from this address",
                5_000,
            ));
        }
        taken.by_address.insert(address, here + 1);
        taken.all += 1;
        metrics::gauge!(measures::SOCKETS).set(taken.all as f64);
        Ok(Seat {
            seats: self.clone(),
            address,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock();
        taken.all -= 1;
        metrics::gauge!(measures::SOCKETS).set(taken.all as f64);
        if let Some(here) = taken.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Peer, Seats};

    #[test]
    fn seats_are_bounded_and_given_back() {
        let seats = Seats::new(2, 1);
        let peer = |text: &str| Peer(text.parse().expect("an address"));
        let first = seats.take(peer("192.0.2.1")).expect("there is room");
        let refused = seats
            .take(peer("192.0.2.1"))
            .err()
            .expect("one from an address");
        assert_eq!(refused.code, "rate_limited");
        let _second = seats.take(peer("192.0.2.2")).expect("there is room");
        let refused = seats.take(peer("192.0.2.3")).err().expect("two in all");
        assert_eq!(refused.code, "overloaded");
        drop(first);
        assert!(seats.take(peer("192.0.2.1")).is_ok());
    }
}
