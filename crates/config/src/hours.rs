//! When people are at their desks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Words;

/// Shifts of a week, each "09:00-18:00"; one that ends at or before its beginning ends on the next day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "weekdays")]
pub struct WeekConfig {
    pub mon: Vec<String>,
    pub tue: Vec<String>,
    pub wed: Vec<String>,
    pub thu: Vec<String>,
    pub fri: Vec<String>,
    pub sat: Vec<String>,
    pub sun: Vec<String>,
}

impl Default for WeekConfig {
    fn default() -> Self {
        let shift = || vec!["09:00-18:00".to_owned()];
        Self {
            mon: shift(),
            tue: shift(),
            wed: shift(),
            thu: shift(),
            fri: shift(),
            sat: Vec::new(),
            sun: Vec::new(),
        }
    }
}

/// Business hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HoursConfig {
    /// Whether there are any. Without, nobody is told that nobody is there.
    pub enabled: bool,
    /// Where the times of day are, "Asia/Shanghai" or "+08:00"; empty: dialog.time_zone.
    pub time_zone: String,
    /// Every week.
    pub week: WeekConfig,
    /// Days without a shift, "2026-10-01".
    pub holidays: Vec<String>,
    /// Days with other shifts than their weekday's: "2026-10-10" = ["10:00-16:00"].
    pub exceptions: BTreeMap<String, Vec<String>>,
    /// What a visitor who asks for a person is told outside of them.
    pub closed: Words,
    /// Said behind it when it is known when they begin again; {time} stands for that.
    pub opens: Words,
}

impl Default for HoursConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            time_zone: String::new(),
            week: WeekConfig::default(),
            holidays: Vec::new(),
            exceptions: BTreeMap::new(),
            closed: Words::new(
                "现在是非工作时间，您可以把问题留在这里，客服上班后会按顺序回复您。",
                "We are closed now. Leave your question here, and we will answer in turn when we are back.",
            ),
            opens: Words::new("下次上班时间：{time}。", "We are back on {time}."),
        }
    }
}
