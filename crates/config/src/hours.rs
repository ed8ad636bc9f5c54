//! When people are at their desks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Words;

/// Calendars of groups.
const CALENDARS_MAX: usize = 100;
/// Characters of a calendar's key.
const KEY_CHARS_MAX: usize = 32;

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

/// Hours of groups that have their own; chosen by its key where groups are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarConfig {
    /// 1 to 32 characters of a-z, 0-9, _ and -. Keep it: groups name it.
    pub key: String,
    /// As hours.time_zone; empty: that one.
    #[serde(default)]
    pub time_zone: String,
    /// Every week.
    #[serde(default)]
    pub week: WeekConfig,
    /// As hours.holidays.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// As hours.exceptions.
    #[serde(default)]
    pub exceptions: BTreeMap<String, Vec<String>>,
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
    /// Hours of groups that have their own, up to a hundred. They count whether these here are enabled or not.
    pub calendars: Vec<CalendarConfig>,
}

impl HoursConfig {
    /// What cannot work: why.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.calendars.len() > CALENDARS_MAX {
            return Some(format!("at most {CALENDARS_MAX} can be chosen from"));
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        for (at, CalendarConfig { key, .. }) in self.calendars.iter().enumerate() {
            if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.chars().all(allowed) {
                let form = format!("1 to {KEY_CHARS_MAX} characters of a-z, 0-9, _ and -");
                return Some(format!("the key {key:?} must be {form}"));
            }
            if self
                .calendars
                .iter()
                .take(at)
                .any(|before| before.key == *key)
            {
                return Some(format!("the key {key:?} is there twice"));
            }
        }
        None
    }
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
            calendars: Vec::new(),
        }
    }
}
