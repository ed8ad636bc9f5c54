//! How much of everything: a full run, or a quick one that shows that all parts work.

use std::{path::PathBuf, time::Duration};

/// A run of `kefu bench`.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Of each rate.
    pub step: Duration,
    /// No rate is begun that would last longer, from the start of the run.
    pub limit: Duration,
}

/// All the numbers of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where everything is kept.
    pub dir: PathBuf,
    /// Idle connections of one edge at which memory is read, ascending.
    pub idle: Vec<usize>,
    /// Idle connections of each of two edges.
    pub idle_each: usize,
    /// Agents who see the same.
    pub agents: usize,
    /// Of each broadcast figure.
    pub broadcast: Duration,
    /// Visitors of the parts with a crowd.
    pub visitors: usize,
    /// Where the search for the highest rate of people begins, messages per second: low, for what is too
    /// much must be worked off before the next rate.
    pub first_rate: u32,
    /// The search.
    pub search: Run,
    /// Of the load at 60 % of the highest rate.
    pub steady: Duration,
    /// For agents to take the conversations.
    pub hand_over: Duration,
    /// Of what the bot is asked.
    pub asking: Run,
    /// Of people beside the bot.
    pub talking: Run,
    /// Rates at which the bot is asked what keywords answer, per second.
    pub keyword_rates: Vec<u32>,
    /// Rates at which the bot is asked what needs the model, per second.
    pub model_rates: Vec<u32>,
    /// Visitors who talk to agents while the bot is overloaded, these agents, and their messages per
    /// second. Few agents, for each is told of every conversation.
    pub beside: (usize, usize, u32),
    /// For each part, however it goes.
    pub part: Duration,
}

impl Plan {
    /// The figures that are recorded, or every part for a moment.
    #[must_use]
    pub fn new(dir: PathBuf, quick: bool) -> Self {
        let seconds = Duration::from_secs;
        if quick {
            return Self {
                dir,
                idle: vec![50, 200],
                idle_each: 100,
                agents: 8,
                broadcast: seconds(3),
                visitors: 60,
                first_rate: 20,
                search: Run {
                    step: seconds(3),
                    limit: seconds(40),
                },
                steady: seconds(3),
                hand_over: seconds(20),
                asking: Run {
                    step: seconds(3),
                    limit: seconds(40),
                },
                talking: Run {
                    step: seconds(3),
                    limit: seconds(40),
                },
                keyword_rates: vec![20],
                model_rates: vec![5],
                beside: (10, 4, 10),
                part: seconds(240),
            };
        }
        Self {
            dir,
            idle: vec![1_000, 5_000, 15_000],
            idle_each: 15_000,
            agents: 200,
            broadcast: seconds(15),
            visitors: 10_000,
            first_rate: 25,
            search: Run {
                step: seconds(10),
                limit: seconds(600),
            },
            steady: seconds(30),
            hand_over: seconds(180),
            asking: Run {
                step: seconds(10),
                limit: seconds(210),
            },
            talking: Run {
                step: seconds(30),
                limit: seconds(120),
            },
            keyword_rates: vec![100, 200, 400, 800],
            model_rates: vec![10, 20, 40, 80],
            beside: (500, 20, 100),
            part: seconds(1_200),
        }
    }
}
