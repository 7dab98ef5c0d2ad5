use proptest::prelude::*;

use super::*;

const RELAY: &str = "12D3KooWGxTeR5bX7yyrwkmRLMn55TjdCg9R6XKSLHRa5HpDyXzP";

fn access(token: &str, ports: &[u16]) -> Option<RelayAccess> {
    let addrs = ports.iter().map(|port| format!("/ip4/127.0.0.1/tcp/{port}/ws/p2p/{RELAY}")).collect();
    Some(RelayAccess { token: token.into(), addrs, stun: vec![], expires_ms: 0 })
}

fn target(port: u16) -> Target {
    Target { relay: RELAY.parse().unwrap(), address: format!("/ip4/127.0.0.1/tcp/{port}/ws").parse().unwrap() }
}

fn lost() -> Input {
    Input::Failed(Trouble::new(TroubleKind::Lost, "lost"))
}

fn at(s: u64) -> Duration {
    Duration::from_secs(s)
}

fn ready(role: Role) -> Link {
    let mut link = Link::new(role, 1);
    link.on(at(0), Input::Access(access("t", &[1])));
    link.on(at(0), Input::Connected);
    link.on(at(0), Input::Admitted);
    link.on(at(0), Input::Reserved);
    assert!(matches!(link.state(), State::Ready { .. }));
    link
}

#[test]
fn a_home_dials_shows_its_token_and_reserves() {
    let mut link = Link::new(Role::Home, 1);
    assert_eq!(link.state(), State::Waiting);
    assert_eq!(link.on(at(0), Input::Access(access("t", &[1]))), [Effect::Dial(target(1))]);
    assert_eq!(link.on(at(1), Input::Connected), [Effect::ShowToken("t".into())]);
    assert_eq!(link.on(at(1), Input::Admitted), [Effect::Reserve(target(1))]);
    assert_eq!(link.on(at(1), Input::Reserved), []);
    assert!(matches!(link.state(), State::Ready { reserved: true, .. }));
}

#[test]
fn a_player_is_ready_without_a_reservation() {
    let mut link = Link::new(Role::Player, 1);
    link.on(at(0), Input::Access(access("t", &[1])));
    link.on(at(0), Input::Connected);
    assert_eq!(link.on(at(0), Input::Admitted), []);
    assert!(matches!(link.state(), State::Ready { reserved: false, .. }));
}

#[test]
fn the_first_retry_comes_within_a_second_and_the_waits_grow_to_thirty() {
    let mut link = ready(Role::Home);
    let mut now = at(100);
    let mut waits = Vec::new();
    link.on(now, lost());
    for _ in 0..12 {
        let until = link.wake_at().unwrap();
        waits.push(until - now);
        assert_eq!(link.on(until - Duration::from_nanos(1), Input::Tick), []);
        assert_eq!(link.on(until, Input::Tick), [Effect::Dial(target(1))]);
        now = until;
        assert_eq!(link.on(now, lost()), [Effect::HangUp]);
    }
    assert!(waits[0] <= at(1), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= BACKOFF_MAX));
    assert!(*waits.last().unwrap() >= BACKOFF_MAX / 2);
    // Three seconds of a restart are bridged by tries that are at most 2 s apart.
    assert!(waits.iter().take(4).all(|wait| *wait <= at(2)));
}

#[test]
fn a_success_starts_the_waits_afresh_but_a_flapping_relay_does_not() {
    let mut link = ready(Role::Home);
    for _ in 0..10 {
        link.on(at(1), lost());
        let until = link.wake_at().unwrap();
        link.on(until, Input::Tick);
        link.on(at(1), Input::Connected);
        link.on(at(1), Input::Admitted);
        link.on(at(1), Input::Reserved);
    }
    link.on(at(1), lost());
    assert!(link.wake_at().unwrap() >= at(1) + BACKOFF_MAX / 2);

    let mut link = ready(Role::Home);
    link.on(at(60), lost());
    assert!(link.wake_at().unwrap() <= at(61));
}

#[test]
fn a_new_token_is_shown_at_once_without_a_new_connection() {
    let mut link = ready(Role::Home);
    assert_eq!(link.on(at(300), Input::Access(access("new", &[1]))), [Effect::ShowToken("new".into())]);
    assert!(matches!(link.state(), State::Ready { .. }));
    assert_eq!(link.on(at(300), Input::Admitted), []);
}

#[test]
fn a_new_relay_is_dialled_at_once_even_while_waiting() {
    let mut link = ready(Role::Home);
    let effects = link.on(at(9), Input::Access(access("t", &[2])));
    assert_eq!(effects, [Effect::HangUp, Effect::Dial(target(2))]);
    link.on(at(9), lost());
    assert_eq!(link.on(at(9), Input::Access(access("t", &[2]))), [Effect::Dial(target(2))]);
}

#[test]
fn several_addresses_take_turns() {
    let mut link = Link::new(Role::Home, 1);
    assert_eq!(link.on(at(0), Input::Access(access("t", &[1, 2]))), [Effect::Dial(target(1))]);
    for port in [2, 1, 2] {
        link.on(at(0), lost());
        let until = link.wake_at().unwrap();
        assert_eq!(link.on(until, Input::Tick), [Effect::Dial(target(port))]);
    }
}

#[test]
fn a_step_that_never_ends_is_given_up() {
    let mut link = Link::new(Role::Home, 1);
    link.on(at(0), Input::Access(access("t", &[1])));
    assert_eq!(link.on(STEP_MAX, Input::Tick), [Effect::HangUp]);
    let State::Connecting { failures: 1, last_error: Some(trouble) } = link.state() else {
        panic!("{:?}", link.state())
    };
    assert_eq!(trouble.to_string(), "127.0.0.1:1 did not answer in time");
}

#[test]
fn without_access_the_node_hangs_up_and_waits() {
    let mut link = ready(Role::Home);
    assert_eq!(link.on(at(9), Input::Access(None)), [Effect::HangUp]);
    assert_eq!(link.state(), State::Waiting);
    assert_eq!(link.wake_at(), None);
}

#[test]
fn addresses_that_are_none_are_told() {
    let mut link = Link::new(Role::Home, 1);
    let access = RelayAccess {
        token: "t".into(),
        addrs: vec!["nonsense".into(), "/ip4/1.2.3.4".into()],
        stun: vec![],
        expires_ms: 0,
    };
    assert_eq!(link.on(at(0), Input::Access(Some(access))), []);
    assert!(matches!(link.state(), State::Connecting { last_error: Some(_), .. }));
}

proptest! {
    /// Whatever happens in whatever order: never two dials at once, and never stuck without a next step.
    #[test]
    fn any_order_of_events_leaves_a_way_on(seed: u64, steps in prop::collection::vec((0_u8..7, 0_u64..40), 1..200)) {
        let mut link = Link::new(Role::Home, seed);
        let (mut now, mut dialled) = (at(0), false);
        link.on(now, Input::Access(access("t", &[1, 2])));
        dialled |= link.target().is_some();
        for (what, wait) in steps {
            now += at(wait);
            let input = match what {
                0 => Input::Connected,
                1 => Input::Admitted,
                2 => Input::Reserved,
                3 => lost(),
                4 => Input::Access(access("u", &[1])),
                5 => Input::Access(access("t", &[2, 1])),
                _ => Input::Tick,
            };
            for effect in link.on(now, input) {
                match effect {
                    Effect::Dial(_) => { prop_assert!(!dialled); dialled = true; }
                    Effect::HangUp => { prop_assert!(dialled); dialled = false; }
                    Effect::ShowToken(_) | Effect::Reserve(_) => prop_assert!(dialled),
                }
            }
            prop_assert!(link.wake_at().is_some() || link.ready_target().is_some());
        }
    }
}
