//! Visitors who talk all the time, whatever happens.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::Message;
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{Client, Codec, History, Place};

/// Each says the next thing when the last one is acknowledged, over its socket or over REST.
pub struct Crowd {
    place: Place,
    history: Arc<History>,
    resting: Vec<Client>,
    talking: JoinSet<Client>,
    stop: watch::Sender<bool>,
}

impl Crowd {
    /// So many visitors, who wait for a person: the bot has no part in it.
    pub async fn gather(place: &Place, history: &Arc<History>, count: usize) -> Self {
        let mut resting = Vec::new();
        for number in 0..count {
            let codec = [Codec::Json, Codec::Proto][number % 2];
            let client = Client::visitor(place, history, codec).await;
            let status = client
                .acts(client.conversation, "ACTION_REQUEST_HUMAN")
                .await;
            assert_eq!(status, 200);
            resting.push(client);
        }
        Self {
            place: place.clone(),
            history: history.clone(),
            resting,
            talking: JoinSet::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// They begin to talk, with this long between two messages.
    pub fn talks(&mut self, pause: Duration) {
        self.stop.send_replace(false);
        for (number, client) in self.resting.drain(..).enumerate() {
            let stop = self.stop.subscribe();
            let over_rest = number % 3 == 2;
            self.talking.spawn(talk(client, stop, pause, over_rest));
        }
    }

    /// Each ends with what it is saying, once that is acknowledged.
    ///
    /// # Panics
    /// When somebody did.
    pub async fn rests(&mut self) {
        self.stop.send_replace(true);
        while let Some(client) = self.talking.join_next().await {
            self.resting.push(client.expect("nobody panics"));
        }
        self.resting.sort_by_key(Client::id);
    }

    /// Those who do not talk.
    pub const fn clients(&mut self) -> &mut Vec<Client> {
        &mut self.resting
    }

    /// What they all do is noted there.
    #[must_use]
    pub const fn history(&self) -> &Arc<History> {
        &self.history
    }

    /// Where they find the service.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// They rest and read on, until each has seen all that is stored, which is returned.
    pub async fn reads_all(&mut self) -> Vec<Vec<Message>> {
        self.rests().await;
        let mut stored = Vec::new();
        for client in &mut self.resting {
            stored.extend(client.reads_all().await);
        }
        stored
    }

    /// They rest, read all, and the history is compared with what is stored.
    ///
    /// # Panics
    /// When a promise is broken.
    pub async fn holds(&mut self) -> crate::history::Summary {
        let stored = self.reads_all().await;
        self.history.assert_holds(&stored)
    }
}

async fn talk(
    mut client: Client,
    stop: watch::Receiver<bool>,
    pause: Duration,
    over_rest: bool,
) -> Client {
    let conversation = client.conversation;
    let mut number = 0_u64;
    while !*stop.borrow() {
        number += 1;
        let words = format!("第{number}句");
        if over_rest && number.is_multiple_of(2) {
            let id = client.new_id();
            // Whatever was lost is asked for again, over the socket.
            if client.posts(conversation, &id, &words).await.is_err() {
                let told = client.insists(conversation, &id, &words).await;
                told.expect("it is not refused for good");
            }
        } else {
            client.says(&words).await;
        }
        sleep(pause).await;
    }
    client
}
