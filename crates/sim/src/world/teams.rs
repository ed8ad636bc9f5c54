//! The groups of a world, and who works in them.

use std::collections::BTreeMap;

use kefu_chat::{Group, Member};
use kefu_proto::v1::{GroupStrategy, Role};
use kefu_types::{AgentId, GroupId, TenantId};

use super::cast::Hire;
use crate::{check::Team, scene::Scene};

/// Agents of the first tenant in a crowd.
const CROWD: u64 = 120;

/// Groups of the first tenant in a crowd, beside the default one.
const CROWD_GROUPS: u64 = 12;

const STRATEGIES: [GroupStrategy; 4] = [
    GroupStrategy::LeastLoaded,
    GroupStrategy::RoundRobin,
    GroupStrategy::LastAgent,
    GroupStrategy::SkillLevel,
];

const fn hire(id: u64, tenant: u64, role: Role, capacity: u32, manual: bool) -> Hire {
    Hire {
        id,
        tenant: TenantId(tenant),
        role,
        capacity,
        manual,
    }
}

/// Who works where there are groups.
pub(super) fn staff(scene: Scene) -> Vec<Hire> {
    let mut staff = match scene {
        Scene::Mixed => return Vec::new(),
        Scene::Office => vec![
            hire(11, 1, Role::Agent, 1, false),
            hire(12, 1, Role::Agent, 2, false),
            hire(13, 1, Role::Supervisor, 1, false),
            hire(14, 1, Role::Agent, 2, true),
            hire(15, 1, Role::Agent, 1, true),
            hire(16, 1, Role::Agent, 2, false),
        ],
        Scene::Evening => vec![
            hire(11, 1, Role::Agent, 2, false),
            hire(12, 1, Role::Agent, 2, false),
            hire(13, 1, Role::Supervisor, 1, false),
            hire(16, 1, Role::Agent, 1, false),
        ],
        Scene::Crowd => (1..=CROWD).map(one_of_many).collect(),
    };
    staff.extend([
        hire(21, 2, Role::Agent, 1, false),
        hire(22, 2, Role::Agent, 3, false),
        hire(23, 2, Role::Admin, 1, false),
        hire(24, 2, Role::Agent, 2, false),
    ]);
    staff
}

fn one_of_many(n: u64) -> Hire {
    let role = if n == 1 {
        Role::Supervisor
    } else {
        Role::Agent
    };
    let capacity = u32::try_from(1 + n % 4).unwrap_or(1);
    hire(1_000 + n, 1, role, capacity, n.is_multiple_of(10))
}

/// A group of these members, each with a level.
fn group(tenant: u64, id: u64, key: &str, members: &[(u64, u8)]) -> Group {
    let members = members.iter().map(|(agent, level)| Member {
        agent: AgentId(*agent),
        level: *level,
    });
    Group {
        id: GroupId(id),
        key: key.to_owned(),
        name: key.to_owned(),
        members: members.collect(),
        version: 1,
        ..Group::default_of(TenantId(tenant))
    }
}

/// The groups. Who is asked first is in none of those whose order is checked.
pub(super) fn teams(scene: Scene) -> Vec<Group> {
    let mut teams = match scene {
        Scene::Mixed => return Vec::new(),
        Scene::Office => small(),
        Scene::Crowd => large(),
        Scene::Evening => short_of_room(),
    };
    teams.extend([
        Group {
            strategy: GroupStrategy::LastAgent,
            capacity: 1,
            ..group(2, 201, "returns", &[(21, 1), (22, 1)])
        },
        Group {
            manual_accept: true,
            overflow: Some(GroupId(201)),
            overflow_after_s: 2,
            ..group(2, 202, "sales", &[(23, 1), (24, 2)])
        },
    ]);
    teams
}

fn small() -> Vec<Group> {
    vec![
        group(1, 0, "default", &[(11, 1), (12, 1), (13, 1), (16, 1)]),
        Group {
            capacity: 1,
            overflow: Some(GroupId(103)),
            overflow_after_s: 2,
            ..group(1, 101, "returns", &[(11, 1), (12, 1)])
        },
        Group {
            strategy: GroupStrategy::RoundRobin,
            manual_accept: true,
            ..group(1, 102, "sales", &[(13, 1), (14, 1), (15, 1)])
        },
        Group {
            strategy: GroupStrategy::SkillLevel,
            capacity: 2,
            ..group(1, 103, "repairs", &[(11, 1), (12, 3), (16, 9)])
        },
        Group {
            strategy: GroupStrategy::LastAgent,
            ..group(1, 104, "complaints", &[(12, 1), (14, 1), (16, 1)])
        },
    ]
}

/// Fewer may be owned than agents could own: lines stand, and nobody is asked, so that every order
/// is checked.
fn short_of_room() -> Vec<Group> {
    vec![
        Group {
            capacity: 2,
            ..group(1, 0, "default", &[(11, 1), (12, 1), (13, 1)])
        },
        Group {
            strategy: GroupStrategy::LastAgent,
            capacity: 1,
            ..group(1, 101, "returns", &[(11, 1), (12, 1)])
        },
        Group {
            strategy: GroupStrategy::RoundRobin,
            ..group(1, 103, "repairs", &[(12, 1), (16, 1)])
        },
    ]
}

fn large() -> Vec<Group> {
    let all = || (1..=CROWD).map(one_of_many);
    let everyday: Vec<(u64, u8)> = all()
        .filter(|one| !one.manual && one.id.is_multiple_of(3))
        .map(|one| (one.id, 1))
        .collect();
    let mut teams = vec![group(1, 0, "default", &everyday)];
    for n in 1..=CROWD_GROUPS {
        let manual = n.is_multiple_of(6);
        let serves = |one: &Hire| {
            let (first, second) = (one.id % CROWD_GROUPS, (one.id * 7) % CROWD_GROUPS);
            if one.manual {
                manual
            } else {
                [first, second].contains(&(n - 1))
            }
        };
        let level = |one: Hire| (one.id, u8::try_from(1 + one.id % 9).unwrap_or(9));
        let members: Vec<(u64, u8)> = all().filter(serves).map(level).collect();
        let strategy = usize::try_from(n % 4).unwrap_or(0);
        let helped = n % 4 == 1;
        teams.push(Group {
            strategy: STRATEGIES[strategy],
            manual_accept: manual,
            capacity: if n.is_multiple_of(5) { 20 } else { 0 },
            overflow: helped.then_some(GroupId(100 + n + 1)),
            overflow_after_s: if helped { 5 } else { 0 },
            ..group(1, 100 + n, &format!("line{n}"), &members)
        });
    }
    teams
}

/// What the checker knows of them.
pub(super) fn known(staff: &[Hire], teams: &[Group]) -> BTreeMap<(u64, u64), Team> {
    let asks = |group: &Group| {
        let mut members = group.members.iter();
        let manual = |agent: AgentId| staff.iter().any(|one| one.id == agent.0 && one.manual);
        group.manual_accept || members.any(|member| manual(member.agent))
    };
    let team = |group: &Group| {
        let mut helpers = teams
            .iter()
            .filter(|other| other.tenant == group.tenant && Some(other.id) == group.overflow);
        let team = Team {
            capacity: usize::try_from(group.capacity).unwrap_or(usize::MAX),
            manual: group.manual_accept,
            asks: asks(group) || helpers.any(asks),
        };
        ((group.tenant.0, group.id.0), team)
    };
    teams.iter().map(team).collect()
}
