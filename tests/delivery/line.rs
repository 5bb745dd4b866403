//! Many mails in a line, and an engine that stops in the middle of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use jiff::SignedDuration;
use leadgate::clock::StubClock;
use leadgate::lead::HandoffState::{Accepted, NeedsPerson, Sending};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::bench::Bench;

/// A mail server that takes whatever comes, ahead of its answers, and hangs once.
#[derive(Default)]
struct Sink {
    /// Keys of the mails it took, in order.
    taken: Mutex<Vec<String>>,
    /// Having taken so many it hangs before the next.
    hangs_after: usize,
    hung: Notify,
    /// Having taken so many it needs three seconds for each, by this clock.
    slow_after: usize,
    clock: OnceLock<Arc<StubClock>>,
    /// The recipient that is refused for now, by its number.
    refused: usize,
    recipients: AtomicUsize,
}

impl Sink {
    async fn start(self) -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let sink = Arc::new(self);
        let serving = Arc::clone(&sink);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&serving).serve(stream));
            }
        });
        let config = format!(
            "[destination.mail]\nsmtp = \"smtp+plain://127.0.0.1:{port}\"\nfrom = \"leads@dach.example\"\nconnections = 1\n"
        );
        (sink, config)
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) -> Option<()> {
        // It answers each by itself.
        stream.set_nodelay(true).ok()?;
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 sink.test ESMTP\r\n").await.ok()?;
        loop {
            let said = line(&mut stream).await?;
            match said.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => stream.write_all(b"250-sink.test\r\n250 PIPELINING\r\n").await.ok()?,
                "MAIL" if self.hangs_after > 0 && self.taken().len() == self.hangs_after => {
                    self.hung.notify_one();
                    std::future::pending::<()>().await;
                }
                "RCPT" => {
                    let refused = self.recipients.fetch_add(1, Ordering::Relaxed) + 1 == self.refused;
                    let answer: &[u8] = if refused { b"450 4.2.0 later\r\n" } else { b"250 ok\r\n" };
                    stream.write_all(answer).await.ok()?;
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await.ok()?;
                    let mut key = None;
                    loop {
                        let said = line(&mut stream).await?;
                        if said == "." {
                            break;
                        }
                        key = key.or_else(|| said.strip_prefix("X-LeadGate-Key: ").map(str::to_owned));
                    }
                    self.taken.lock().unwrap().push(key.unwrap());
                    if let Some(clock) = self.clock.get().filter(|_| self.taken().len() > self.slow_after) {
                        clock.advance(SignedDuration::from_secs(3));
                    }
                    stream.write_all(b"250 queued\r\n").await.ok()?;
                }
                _ => stream.write_all(b"250 ok\r\n").await.ok()?,
            }
        }
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).await.ok()? > 0).then(|| line.trim_end().to_owned())
}

/// Every mail that was taken, once.
fn once_each(taken: &[String]) -> usize {
    let mut each = taken.to_vec();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), taken.len(), "none arrives twice");
    each.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refused_for_now_holds_up_the_line_and_costs_the_others_nothing() {
    let (sink, mail) = Sink { refused: 150, ..Sink::default() }.start().await;
    let bench = Bench::open_with(&[], &[(&["mail"], "hold")], &mail).await;
    bench.ask(1, 200);
    // It goes out as soon as those behind it show that the server is well.
    bench.pass().await;
    assert_eq!((bench.count(Accepted).await, once_each(&sink.taken())), (200, 200));
    let tried_twice = bench.handoffs().await.iter().filter(|one| one.attempt != 1).count();
    assert_eq!(tried_twice, 1, "what was not begun counts no attempt");
    bench.end().await;
}

/// What may have arrived after an engine stopped: what was on its way, and of a long line a small part besides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_stops_leaves_little_of_a_line_in_doubt() {
    for (leads, hangs_after, marked_most) in [(20, 10, 0), (200, 150, 200 / 32)] {
        let (sink, mail) = Sink { hangs_after, ..Sink::default() }.start().await;
        let mut bench = Bench::open_with(&[], &[(&["mail"], "hold")], &mail).await;
        bench.ask(1, leads);
        tokio::select! {
            _ = bench.pass() => panic!("the mail server did not hang"),
            () = sink.hung.notified() => {}
        }
        let before = sink.taken();
        assert_eq!(before.len(), hangs_after);
        // Another connection is served: the first mail on it is the next one to be taken.
        sink.taken.lock().unwrap().clear();
        bench.start_anew().await;
        bench.pass().await;
        bench.pass_after(61).await;
        let in_doubt: Vec<String> =
            bench.handoffs().await.iter().filter(|one| one.state == NeedsPerson).map(|one| one.token.clone()).collect();
        let never_came = in_doubt.iter().filter(|key| !before.contains(key)).count();
        // One on its way, and one that is next.
        assert!(never_came <= marked_most + 2, "{never_came} of {leads} were marked and never came");
        let came = once_each(&[before, sink.taken()].concat());
        assert_eq!(came + never_came, leads, "none is lost");
        assert_eq!(bench.count(Accepted).await + in_doubt.len(), leads);
        bench.end().await;
    }
}

/// The quicker a line goes the more of it is claimed; nobody can take back what is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_turns_slow_does_not_keep_what_was_claimed() {
    let (sink, mail) = Sink { slow_after: 60, hangs_after: 90, ..Sink::default() }.start().await;
    let bench = Bench::open_with(&[], &[(&["mail"], "hold")], &mail).await;
    sink.clock.set(Arc::clone(&bench.clock)).unwrap();
    bench.ask(1, 200);
    tokio::select! {
        _ = bench.pass() => panic!("the mail server did not hang"),
        () = sink.hung.notified() => {}
    }
    let claimed = bench.count(Sending).await;
    assert!((1..=8).contains(&claimed), "{claimed} are claimed at a server that needs seconds for each");
    assert!(bench.handoffs().await.iter().all(|one| one.attempt <= 1), "what was given back counts no attempt");
    assert_eq!(once_each(&sink.taken()), 90);
    bench.end().await;
}
