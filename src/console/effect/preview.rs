//! The worker for previews: one at a time, the newest wins. They may take long, so unlike other questions they
//! have no deadline; they tell how far they are and end soon when nobody wants them any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};

use super::HANGING_MAX;
use crate::console::message::{PreviewRequest, Reply};
use crate::desk::{Desk, DeskError, Progress};

/// A value must stand for so long before it is tried: nobody wants the preview of half a number.
const SETTLE: Duration = Duration::from_millis(200);
/// Between two words on how far it is.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// How one preview ended.
enum Ended {
    /// It was answered.
    Answered,
    /// Another one, or none, is wanted.
    Changed,
    /// The console is gone.
    Gone,
}

/// Starts the worker; what is sent is wanted, `None` stops it.
pub(super) fn start(desk: Arc<dyn Desk>, answers: mpsc::Sender<Reply>) -> watch::Sender<Option<PreviewRequest>> {
    let (sender, wanted) = watch::channel(None);
    tokio::spawn(work(desk, wanted, answers));
    sender
}

async fn work(desk: Arc<dyn Desk>, mut wanted: watch::Receiver<Option<PreviewRequest>>, answers: mpsc::Sender<Reply>) {
    let room = Arc::new(Semaphore::new(HANGING_MAX));
    loop {
        let request = wanted.borrow_and_update().clone();
        let ended = match request {
            Some(request) => one(&desk, &room, request, &mut wanted, &answers).await,
            None => Ended::Answered,
        };
        match ended {
            Ended::Gone => return,
            Ended::Answered if wanted.changed().await.is_err() => return,
            Ended::Changed | Ended::Answered => {}
        }
    }
}

async fn one(
    desk: &Arc<dyn Desk>,
    room: &Arc<Semaphore>,
    PreviewRequest { ticket, ask }: PreviewRequest,
    wanted: &mut watch::Receiver<Option<PreviewRequest>>,
    answers: &mpsc::Sender<Reply>,
) -> Ended {
    let changed = |ok: bool| if ok { Ended::Changed } else { Ended::Gone };
    let settled = async {
        tokio::time::sleep(SETTLE).await;
        Arc::clone(room).acquire_owned().await
    };
    let place = tokio::select! {
        other = wanted.changed() => return changed(other.is_ok()),
        place = settled => place,
    };
    let progress = Progress::default();
    let mut task = tokio::spawn({
        let (desk, progress) = (Arc::clone(desk), progress.clone());
        async move {
            let answer = desk.preview(ask, progress).await;
            drop(place);
            answer
        }
    });
    let mut told = (0, 0);
    loop {
        let reply = tokio::select! {
            biased;
            other = wanted.changed() => {
                // It ends by itself, soon; its answer is nobody's.
                progress.cancel();
                return changed(other.is_ok());
            }
            ended = &mut task => {
                let fault = |fault| Err(DeskError::Store(format!("the preview failed inside leadgate: {fault}")));
                let answer = ended.unwrap_or_else(fault).map(Box::new);
                let sent = answers.send(Reply::Previewed { ticket, answer }).await;
                return if sent.is_ok() { Ended::Answered } else { Ended::Gone };
            }
            () = tokio::time::sleep(TELL_EVERY) => {
                let now = (progress.decided(), progress.expected());
                if std::mem::replace(&mut told, now) == now {
                    continue;
                }
                Reply::Previewing { ticket, decided: now.0, expected: now.1 }
            }
        };
        if answers.send(reply).await.is_err() {
            progress.cancel();
            return Ended::Gone;
        }
    }
}
