//! What is said on one connection for one mail, up to the answer to its final dot.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use tokio::time::timeout;

use super::outcome::{reply_of, settled};
use super::{Cause, Reply, Session, Smtp, Step, Trouble, notices};

impl Smtp {
    /// Everything up to the answer "go on"; `before_content` runs once, when the recipient is accepted.
    pub(super) async fn approach<F, E>(
        &self,
        session: &mut Session,
        to: &Envelope,
        envid: Option<&str>,
        before_content: &mut Option<impl FnOnce() -> F + Send>,
    ) -> Result<(), Trouble>
    where
        F: Future<Output = Result<(), E>> + Send,
        E: Send,
    {
        let notices = envid.filter(|_| session.notices);
        match self.name(session, to, notices).await {
            // Offered, and then not understood: the mail matters more than the notice.
            Err(Trouble { cause: Cause::Reply(reply), .. })
                if notices.is_some() && notices::not_understood(reply.code) =>
            {
                session.notices = false;
                self.step(Step::Mail, session.connection.command(Rset)).await?;
                self.name(session, to, None).await?;
            }
            named => named?,
        }
        if let Some(before_content) = before_content.take() {
            before_content().await.map_err(|_| Trouble { step: Step::Data, cause: Cause::Stopped })?;
        }
        let go = self.step(Step::Data, session.connection.command(Data)).await?;
        if u16::from(go.code()) == 354 {
            return Ok(());
        }
        let text = format!("the mail server answered DATA with {}", reply_of(&go));
        Err(Trouble { step: Step::Data, cause: Cause::Lost(text) })
    }

    /// Names the sender and the recipients: in one go where the server takes commands ahead.
    async fn name(&self, session: &mut Session, to: &Envelope, envid: Option<&str>) -> Result<(), Trouble> {
        let connection = &mut session.connection;
        let sender = Mail::new(to.from().cloned(), notices::of_sender(envid)).to_string();
        let recipient = |to: &Address| Rcpt::new(to.clone(), notices::of_recipient(envid, to)).to_string();
        let recipients: Vec<String> = to.to().iter().map(recipient).collect();
        if !session.pipelines {
            self.step(Step::Mail, connection.command(sender)).await?;
            for recipient in recipients {
                self.step(Step::Rcpt, connection.command(recipient)).await?;
            }
            return Ok(());
        }
        let mut named = self.step(Step::Mail, connection.command(sender + &recipients.concat())).await.map(drop);
        for _ in recipients {
            if named.as_ref().is_err_and(Trouble::ends_connection) {
                break;
            }
            // Each is answered, whatever was said to those before it; the first refusal counts.
            let answer = self.step(Step::Rcpt, connection.read_response()).await.map(drop);
            named = named.and(answer);
        }
        named
    }

    /// The message, the final dot and its answer.
    pub(super) async fn content(&self, session: &mut Session, message: &[u8]) -> Result<Reply, Trouble> {
        let complete = AtomicBool::new(false);
        // The final dot brings its own line break.
        let message = Some(message.strip_suffix(b"\r\n").unwrap_or(message));
        let content = Written { message, complete: &complete, more: &session.more };
        let answer = timeout(self.limits.dot, session.connection.message_iter(content)).await;
        let step = if complete.load(Ordering::Relaxed) { Step::Dot } else { Step::Body };
        let response = settled(step, answer)?;
        if u16::from(response.code()) / 100 == 2 {
            Ok(reply_of(&response))
        } else {
            Err(Trouble { step, cause: Cause::Lost(format!("the mail server answered {}", reply_of(&response))) })
        }
    }
}

/// The message as `lettre` asks for it. Being asked again means that all of it was written, and that the
/// final dot comes next: from there on a missing answer proves nothing.
struct Written<'a> {
    message: Option<&'a [u8]>,
    complete: &'a AtomicBool,
    /// More follows at once.
    more: &'a AtomicBool,
}

impl<'a> Iterator for Written<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let message = self.message.take();
        self.complete.store(message.is_none(), Ordering::Relaxed);
        self.more.store(message.is_some(), Ordering::Relaxed);
        message
    }
}
