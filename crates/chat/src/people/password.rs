//! Argon2id (RFC 9106), off the async threads and few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use kefu_types::Entropy;
use tokio::sync::Semaphore;

use crate::{
    error::CoreError,
    settings::{Hashing, Limits},
};

/// Hashes and checks passwords.
pub(crate) struct Passwords {
    argon: Argon2<'static>,
    entropy: Arc<dyn Entropy>,
    /// Running and waiting.
    admitted: Semaphore,
    running: Arc<Semaphore>,
    /// Checked against when there is no such login, so that both cases take as long.
    decoy: String,
}

/// Whether a password is right, and whether its hash should be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right { outdated: bool },
}

impl Passwords {
    pub(crate) fn new(
        hashing: Hashing,
        limits: &Limits,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, CoreError> {
        let params = Params::new(hashing.memory_kib, hashing.passes, hashing.lanes, None).map_err(
            |error| CoreError::Invalid(format!("these costs of hashing cannot be used: {error}")),
        )?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon, &entropy.secret(), &*entropy)?;
        Ok(Self {
            argon,
            entropy,
            admitted: Semaphore::new(limits.hashing_at_once_max + limits.hashing_queue_max),
            running: Arc::new(Semaphore::new(limits.hashing_at_once_max.max(1))),
            decoy,
        })
    }

    /// A hash in PHC form.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, CoreError> {
        let (argon, entropy, password) = (
            self.argon.clone(),
            self.entropy.clone(),
            password.to_owned(),
        );
        self.run(move || hash(&argon, &password, &*entropy)).await?
    }

    /// Checks against `stored`, or against a decoy when there is none.
    pub(crate) async fn verify(
        &self,
        password: &str,
        stored: Option<&str>,
    ) -> Result<Verdict, CoreError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let (argon, password) = (self.argon.clone(), password.to_owned());
        self.run(move || verify(&argon, &password, &stored))
            .await
            .map(|verdict| if known { verdict } else { Verdict::Wrong })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, CoreError> {
        let full = || CoreError::Overloaded {
            what: "the queue of logins",
            limit: "hashing_queue_max",
            retry_after: std::time::Duration::from_secs(2),
        };
        let _admitted = self.admitted.try_acquire().map_err(|_| full())?;
        // The permit goes with the work: a caller that leaves does not free the processor.
        let running = self
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| full())?;
        let work = tokio::task::spawn_blocking(move || {
            let _running = running;
            work()
        });
        work.await.map_err(|error| CoreError::Unavailable {
            message: format!("hashing ended early: {error}"),
            retry_after: std::time::Duration::from_secs(1),
        })
    }
}

fn hash(argon: &Argon2<'_>, password: &str, entropy: &dyn Entropy) -> Result<String, CoreError> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let hashed: PasswordHash = argon
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| CoreError::Invalid(format!("this password cannot be hashed: {error}")))?;
    Ok(hashed.to_string())
}

fn verify(argon: &Argon2<'_>, password: &str, stored: &str) -> Verdict {
    let Ok(parsed) = PasswordHash::new(stored) else {
        return Verdict::Wrong;
    };
    match argon.verify_password(password.as_bytes(), &parsed) {
        Ok(()) => {
            let params = Params::try_from(&parsed).ok();
            let same = params.is_some_and(|old| {
                let new = argon.params();
                (old.m_cost(), old.t_cost(), old.p_cost())
                    == (new.m_cost(), new.t_cost(), new.p_cost())
            });
            Verdict::Right { outdated: !same }
        }
        Err(_) => Verdict::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kefu_types::SeededEntropy;

    use super::{Passwords, Verdict};
    use crate::settings::{Hashing, Limits};

    fn passwords(passes: u32) -> Passwords {
        let hashing = Hashing {
            memory_kib: 64,
            passes,
            lanes: 1,
        };
        Passwords::new(hashing, &Limits::default(), Arc::new(SeededEntropy::new(1)))
            .expect("the costs are fine")
    }

    #[tokio::test]
    async fn a_password_is_right_wrong_or_right_with_an_old_hash() {
        let now = passwords(2);
        let stored = now.hash("correct horse").await.expect("hashed");
        assert!(stored.starts_with("$argon2id$"));
        assert_eq!(
            now.verify("correct horse", Some(&stored)).await,
            Ok(Verdict::Right { outdated: false })
        );
        assert_eq!(
            now.verify("wrong horse", Some(&stored)).await,
            Ok(Verdict::Wrong)
        );
        assert_eq!(now.verify("correct horse", None).await, Ok(Verdict::Wrong));
        let later = passwords(3);
        assert_eq!(
            later.verify("correct horse", Some(&stored)).await,
            Ok(Verdict::Right { outdated: true })
        );
    }
}
