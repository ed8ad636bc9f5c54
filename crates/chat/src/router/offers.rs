//! Offers: an agent is asked, and answers or does not.

use kefu_types::{AgentId, ConversationId};

use super::{Desk, Refused, Time, desk::Ending};

/// An agent is being asked, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// About what.
    pub conversation: ConversationId,
    /// Who.
    pub agent: AgentId,
    /// They have until then to answer.
    pub until: Time,
}

/// An offer that was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissedOffer {
    /// Which.
    pub offer: Offer,
    /// It was one too many in a row: the agent gets nothing more until they say that they are free.
    pub away: bool,
}

impl Desk {
    /// The agent takes what they were asked about: it is reserved for them from now on.
    ///
    /// # Errors
    /// When they are not asked about it any more.
    pub fn accept(&mut self, conversation: ConversationId, agent: AgentId) -> Result<(), Refused> {
        let talk = self.talks.get_mut(&conversation).ok_or(Refused::Ended)?;
        match &mut talk.hold {
            Some(hold) if hold.agent == agent && hold.offered_until.is_some() => {
                hold.offered_until = None;
            }
            _ => return Err(Refused::Ended),
        }
        let seat = self.seat_mut(agent);
        seat.offered = None;
        seat.missed = 0;
        self.show(agent);
        Ok(())
    }

    /// The agent does not take it: somebody else is asked, and it waits at its old place.
    ///
    /// # Errors
    /// When they are not asked about it any more.
    pub fn decline(
        &mut self,
        conversation: ConversationId,
        agent: AgentId,
        now: Time,
    ) -> Result<(), Refused> {
        let talk = self.talks.get(&conversation);
        let hold = talk.and_then(|talk| talk.hold);
        if !hold.is_some_and(|hold| hold.agent == agent && hold.offered_until.is_some()) {
            return Err(Refused::Ended);
        }
        self.seat_mut(agent).missed = 0;
        self.refuse(conversation, agent, now);
        Ok(())
    }

    /// Takes back the offers whose time is over.
    pub fn expire(&mut self, now: Time) -> Vec<MissedOffer> {
        let over: Vec<Offer> = self.offers().filter(|offer| offer.until <= now).collect();
        let mut missed = Vec::with_capacity(over.len());
        for offer in over {
            let most = self.limits.offers_missed_max;
            let seat = self.seat_mut(offer.agent);
            seat.missed = seat.missed.saturating_add(1);
            let away = seat.missed >= most;
            if away {
                seat.terms.free = false;
            }
            self.refuse(offer.conversation, offer.agent, now);
            missed.push(MissedOffer { offer, away });
        }
        missed
    }

    /// Agents who are asked now, and about what.
    pub fn offers(&self) -> impl Iterator<Item = Offer> + '_ {
        let asked = self.seats.values().filter(|seat| seat.offered.is_some());
        asked.filter_map(|seat| self.offer(seat.agent))
    }

    /// What one agent is asked about now.
    #[must_use]
    pub fn offer(&self, agent: AgentId) -> Option<Offer> {
        let conversation = self.seats.get(&agent)?.offered?;
        let hold = self.talks.get(&conversation)?.hold?;
        Some(Offer {
            conversation,
            agent,
            until: hold.offered_until?,
        })
    }

    /// Offers that ended without an answer, because the conversation or the agent went, since this
    /// was asked last.
    pub fn take_withdrawn(&mut self) -> Vec<Offer> {
        std::mem::take(&mut self.withdrawn)
    }

    /// When, after `now`, time alone will change what can be decided: an offer ends, somebody has
    /// waited long enough for help, or may be offered again to who declined.
    #[must_use]
    pub fn next_due(&self, now: Time) -> Option<Time> {
        let offers = self.offers().map(|offer| offer.until);
        let helps = self.groups.values().filter_map(|group| {
            let overflow = group.rules.overflow?;
            Some(group.line.longest()?.saturating_add(overflow.after_ms))
        });
        let again = self.declines.values().flatten();
        offers
            .chain(helps.filter(|at| *at > now))
            .chain(again.map(|(_, until)| *until).filter(|at| *at > now))
            .min()
    }

    fn refuse(&mut self, conversation: ConversationId, agent: AgentId, now: Time) {
        self.let_go(conversation, Ending::Refused);
        let until = now.saturating_add(self.limits.offer_again_ms);
        let declined = self.declines.entry(conversation).or_default();
        declined.retain(|(who, until)| *who != agent && *until > now);
        declined.push((agent, until));
    }
}
