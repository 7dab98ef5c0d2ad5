//! Brakes per address, in memory and bounded. The brakes per account live in the database.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

/// What an address may do, as tries per window.
#[derive(Debug, Clone, Copy)]
pub struct AddressLimits {
    /// Wrong passwords: a household behind one address mistypes less, a guesser gets 120 an hour.
    pub sign_in: Limit,
    /// New accounts: a class or an office may sign up, a farm of accounts may not.
    pub sign_up: Limit,
    /// Activations begun; each costs a row for ten minutes.
    pub device_authorize: Limit,
    /// Devices that ask to be signed in by another; each costs a row for five minutes.
    pub sign_in_request: Limit,
    /// Forgotten passwords: people mistype their address, and an office shares one.
    pub forgot: Limit,
    /// Wrong user codes typed: 20^8 codes outlast this by far.
    pub device_code: Limit,
    /// Links of shares that do not open: an office may follow a dead link, a guesser of 256 bits gets nowhere anyway.
    pub share_link: Limit,
    /// Visitors who leave an address or a complaint: each may cause a mail.
    pub tell_me: Limit,
}

impl Default for AddressLimits {
    fn default() -> Self {
        const TEN_MINUTES_MS: i64 = 600_000;
        const HOUR_MS: i64 = 3_600_000;
        Self {
            sign_in: Limit { tries: 20, window_ms: TEN_MINUTES_MS },
            sign_up: Limit { tries: 60, window_ms: HOUR_MS },
            device_authorize: Limit { tries: 60, window_ms: TEN_MINUTES_MS },
            sign_in_request: Limit { tries: 30, window_ms: TEN_MINUTES_MS },
            forgot: Limit { tries: 10, window_ms: TEN_MINUTES_MS },
            device_code: Limit { tries: 10, window_ms: TEN_MINUTES_MS },
            share_link: Limit { tries: 120, window_ms: TEN_MINUTES_MS },
            tell_me: Limit { tries: 30, window_ms: HOUR_MS },
        }
    }
}

/// So many tries within a window.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Tries.
    pub tries: u32,
    /// Length of the window.
    pub window_ms: i64,
}

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// When to try again, in seconds.
    pub retry_after_s: u64,
}

/// Addresses remembered at once: 64 bytes each, so 1 MiB. When it is full, the oldest window is forgotten.
const ADDRESSES_MAX: usize = 16_384;

/// Counts tries per address.
#[derive(Debug)]
pub struct Limiter {
    limit: Limit,
    windows: Mutex<HashMap<IpAddr, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    since_ms: i64,
    tries: u32,
}

impl Limiter {
    /// A limiter that has seen nobody.
    pub fn new(limit: Limit) -> Self {
        Self { limit, windows: Mutex::new(HashMap::new()) }
    }

    /// Counts a try.
    ///
    /// # Errors
    /// [`TooMany`] when the address has used its tries.
    pub fn count(&self, address: IpAddr, now_ms: i64) -> Result<(), TooMany> {
        let key = network(address);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ADDRESSES_MAX && !windows.contains_key(&key) {
            self.make_room(&mut windows, now_ms);
        }
        let window = windows.entry(key).or_insert(Window { since_ms: now_ms, tries: 0 });
        if now_ms - window.since_ms >= self.limit.window_ms {
            *window = Window { since_ms: now_ms, tries: 0 };
        }
        if window.tries >= self.limit.tries {
            let left_ms = self.limit.window_ms - (now_ms - window.since_ms);
            return Err(TooMany { retry_after_s: u64::try_from(left_ms / 1000 + 1).unwrap_or(1) });
        }
        window.tries += 1;
        Ok(())
    }

    /// Takes a counted try back, after it turned out to be honest.
    pub fn forgive(&self, address: IpAddr) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = windows.get_mut(&network(address)) {
            window.tries = window.tries.saturating_sub(1);
        }
    }

    fn make_room(&self, windows: &mut HashMap<IpAddr, Window>, now_ms: i64) {
        windows.retain(|_, window| now_ms - window.since_ms < self.limit.window_ms);
        if windows.len() >= ADDRESSES_MAX {
            let oldest = windows.iter().min_by_key(|(_, window)| window.since_ms).map(|(key, _)| *key);
            oldest.map(|key| windows.remove(&key));
        }
    }
}

/// What counts as one address: an IPv6 customer holds at least a /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::new(Limit { tries: 2, window_ms: 1000 })
    }

    #[test]
    fn an_address_that_used_its_tries_waits_for_the_next_window() {
        let limiter = limiter();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(limiter.count(address, 0), Ok(()));
        assert_eq!(limiter.count(address, 1), Ok(()));
        assert_eq!(limiter.count(address, 2), Err(TooMany { retry_after_s: 1 }));
        assert_eq!(limiter.count("192.0.2.2".parse().unwrap(), 2), Ok(()));
        assert_eq!(limiter.count(address, 1000), Ok(()));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_count_as_one() {
        let limiter = limiter();
        for last in 0..2 {
            assert_eq!(limiter.count(format!("2001:db8:1:2::{last}").parse().unwrap(), 0), Ok(()));
        }
        assert!(limiter.count("2001:db8:1:2:ffff::1".parse().unwrap(), 0).is_err());
    }

    #[test]
    fn a_flood_of_addresses_stays_within_its_memory() {
        let limiter = limiter();
        for n in 0..u32::try_from(ADDRESSES_MAX).unwrap() + 100 {
            let _ = limiter.count(IpAddr::from(n.to_be_bytes()), 0);
        }
        assert!(limiter.windows.lock().unwrap().len() <= ADDRESSES_MAX);
    }
}
