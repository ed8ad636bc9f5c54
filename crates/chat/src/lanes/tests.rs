//! The bound on waiting, over every schedule of a small world.

use std::collections::{HashSet, VecDeque};

use proptest::prelude::*;

use super::{Lane, Line, Turnstile};

/// People in each lane at once.
const ROOM: usize = 4;

/// A world: how many wait in the first lane, and who in the other, each by how many takes it has
/// seen since it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    vip: usize,
    normal: VecDeque<u32>,
    turnstile: Turnstile,
}

impl World {
    fn take(&mut self) -> Option<Lane> {
        let lane = self.turnstile.next(self.vip > 0, !self.normal.is_empty())?;
        self.turnstile.took(lane, !self.normal.is_empty());
        match lane {
            Lane::Vip => self.vip -= 1,
            Lane::Normal => {
                self.normal.pop_front();
            }
        }
        self.normal.iter_mut().for_each(|seen| *seen += 1);
        Some(lane)
    }

    /// What may happen next: somebody comes by either lane, gives up, or is taken.
    fn next(&self) -> Vec<Self> {
        let mut worlds = Vec::new();
        let mut with = |change: &dyn Fn(&mut Self)| {
            let mut world = self.clone();
            change(&mut world);
            worlds.push(world);
        };
        if self.vip < ROOM {
            with(&|world| world.vip += 1);
        }
        if self.vip > 0 {
            with(&|world| world.vip -= 1);
        }
        if self.normal.len() < ROOM {
            with(&|world| world.normal.push_back(0));
        }
        for place in 0..self.normal.len() {
            with(&|world| {
                world.normal.remove(place);
            });
        }
        with(&|world| {
            world.take();
        });
        worlds
    }
}

/// Every world that can be reached: what stands at place n of the normal lane has seen at most as
/// many takes as the bound leaves for it, and a first lane that waits is passed once in a row only.
fn walk(ahead_max: u32) -> usize {
    let start = World {
        vip: 0,
        normal: VecDeque::new(),
        turnstile: Turnstile::new(ahead_max),
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(world) = open.pop() {
        for (ahead, seen) in world.normal.iter().enumerate() {
            // It came behind at most ROOM - 1 others, and each of those cost ahead_max + 1 takes.
            let came_behind = ROOM as u32 - 1;
            let left = (came_behind - ahead as u32) * (ahead_max + 1) + ahead_max;
            assert!(*seen <= left, "starved with {ahead_max}: {world:?}");
        }
        let mut twice = world.clone();
        if world.vip >= 1 && twice.take() == Some(Lane::Normal) {
            assert_eq!(twice.take(), Some(Lane::Vip), "{world:?}");
        }
        for next in world.next() {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    seen.len()
}

#[test]
fn in_every_schedule_of_a_small_world_nobody_starves() {
    for ahead_max in 1..=3 {
        assert!(walk(ahead_max) > 1_000, "the world was walked");
    }
}

#[test]
fn without_the_bound_the_walk_finds_somebody_who_starves() {
    // A turnstile that never minds: what the walk must notice.
    let mut world = World {
        vip: 1,
        normal: VecDeque::from([0]),
        turnstile: Turnstile::new(u32::MAX),
    };
    for _ in 0..100 {
        world.vip += 1;
        assert_eq!(world.take(), Some(Lane::Vip));
    }
    assert_eq!(world.normal, [100]);
}

#[test]
fn a_lane_that_was_empty_owes_nothing() {
    let mut line = Line::new(2);
    (0..10).for_each(|n| line.push_back(Lane::Vip, n));
    for _ in 0..5 {
        line.take(Lane::Vip);
    }
    line.push_back(Lane::Normal, 100);
    let mut order = Vec::new();
    while let Some((lane, _)) = line.peek() {
        order.extend(line.take(lane));
    }
    assert_eq!(order, [5, 6, 100, 7, 8, 9]);
}

#[test]
fn who_does_not_wait_any_more_has_passed_nobody() {
    let mut line = Line::new(1);
    line.push_back(Lane::Vip, 1);
    line.push_back(Lane::Vip, 2);
    line.push_back(Lane::Normal, 3);
    line.discard(Lane::Vip);
    assert_eq!(line.peek(), Some((Lane::Vip, &2)));
    line.take(Lane::Vip);
    assert_eq!(line.peek(), Some((Lane::Normal, &3)));
}

proptest! {
    /// The places that are told are those in which people are then taken.
    #[test]
    fn places_by_arithmetic_are_the_order_of_taking(
        ahead_max in 1..5_u32, passed in 0..8_u32, vips in 0..12_usize, normals in 0..12_usize,
    ) {
        let mut turnstile = Turnstile::new(ahead_max);
        (0..passed.min(ahead_max)).for_each(|_| turnstile.took(Lane::Vip, true));
        let (mut vip, mut normal, mut walked) = (0, 0, turnstile);
        while let Some(lane) = walked.next(vip < vips, normal < normals) {
            match lane {
                Lane::Vip => {
                    prop_assert_eq!(turnstile.before_vip(vip, normals), normal);
                    walked.took(lane, normal < normals);
                    vip += 1;
                }
                Lane::Normal => {
                    prop_assert_eq!(turnstile.before_normal(normal, vips), vip);
                    walked.took(lane, true);
                    normal += 1;
                }
            }
        }
        prop_assert_eq!((vip, normal), (vips, normals));
    }
}
