//! Those who come too often, too slowly, too many; and an end that loses nothing.

use std::time::Duration;

use leadgate::listen::Bounds;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::refusals::said;
use super::room::{AsJson as _, FORM_KEY, GOOGLE_KEY, LISTEN, Room, google};

/// What is left to be read, as text.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    // A reset after the answer is an end as well.
    drop(stream.read_to_string(&mut text).await);
    text
}

fn head(room: &Room, length: usize) -> String {
    format!(
        "POST /in/form?key={FORM_KEY} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n",
        room.address()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_comes_too_often_is_asked_to_wait() {
    let room = Room::of(&format!("{LISTEN}per_peer = 3\n"), Bounds::default()).await;
    for _ in 0..3 {
        assert_eq!(room.post("/in/google").json(&google("a", "wrong")).send().await.unwrap().status(), 401);
    }
    // Not even the good key helps, nor another place, nor a made-up address.
    for path in ["/in/google", "/in/nobody"] {
        let told = room.post(path).header("x-forwarded-for", "192.0.2.7").json(&google("a", GOOGLE_KEY)).send().await;
        let told = told.unwrap();
        let wait: u64 = told.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(said(told).await.0, 429);
    }
    assert_eq!(room.int("select count(*) from inquiry").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_peers_are_told_apart_by_what_it_says_last() {
    let room = Room::of(&format!("{LISTEN}per_peer = 1\nbehind_proxy = true\n"), Bounds::default()).await;
    let from = |said: &'static str| room.post("/in/nobody").header("x-forwarded-for", said).send();
    assert_eq!(from("198.51.100.1, 192.0.2.1").await.unwrap().status(), 404);
    assert_eq!(from("198.51.100.2, 192.0.2.1").await.unwrap().status(), 429);
    assert_eq!(from("192.0.2.2").await.unwrap().status(), 404);
    assert_eq!(from("2001:db8::1").await.unwrap().status(), 404);
    assert_eq!(from("2001:db8::2").await.unwrap().status(), 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_takes_so_many_a_minute_and_strangers_do_not_use_them_up() {
    let room = Room::of(&format!("{LISTEN}per_source = 2\n"), Bounds::default()).await;
    for n in 0..5 {
        assert_eq!(room.post("/in/google").json(&google(&n.to_string(), "wrong")).send().await.unwrap().status(), 401);
    }
    let mut statuses = Vec::new();
    for n in 0..3 {
        let told = room.post("/in/google").json(&google(&n.to_string(), GOOGLE_KEY)).send().await.unwrap();
        statuses.push(told.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
    let other = room.post("/in/form").header("x-form-key", FORM_KEY).form(&[("email", "a@example.org")]);
    assert_eq!(other.send().await.unwrap().status(), 200);
    assert_eq!(room.leads().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_too_long_is_cut_off() {
    let bounds =
        Bounds { head_time: Duration::from_millis(50), body_time: Duration::from_millis(50), ..Bounds::default() };
    let room = Room::of(LISTEN, bounds).await;
    let mut slow_head = TcpStream::connect(room.address()).await.unwrap();
    slow_head.write_all(b"POST /in/form HTTP/1.1\r\nhost: x\r\nx-").await.unwrap();
    let mut idle = TcpStream::connect(room.address()).await.unwrap();
    let mut slow_body = TcpStream::connect(room.address()).await.unwrap();
    slow_body.write_all(head(&room, 100).as_bytes()).await.unwrap();
    slow_body.write_all(b"email=").await.unwrap();
    let body_said = rest(&mut slow_body).await;
    assert!(body_said.starts_with("HTTP/1.1 408") && body_said.contains("took too long"), "{body_said}");
    let head_said = rest(&mut slow_head).await;
    assert!(head_said.is_empty() || head_said.starts_with("HTTP/1.1 408"), "{head_said}");
    assert_eq!(rest(&mut idle).await, "");
    // Cut off in the middle of a body: nothing of it is kept.
    let mut cut = TcpStream::connect(room.address()).await.unwrap();
    cut.write_all(head(&room, 100).as_bytes()).await.unwrap();
    cut.write_all(b"email=a@example.org").await.unwrap();
    cut.shutdown().await.unwrap();
    let cut_said = rest(&mut cut).await;
    assert!(cut_said.is_empty() || cut_said.starts_with("HTTP/1.1 4"), "{cut_said}");
    assert_eq!(room.int("select count(*) from inquiry").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_larger_than_any_is_refused() {
    let room = Room::open().await;
    let many = (0..200).map(|n| format!("x-{n}: y\r\n")).collect::<Vec<_>>().concat();
    for head in [
        format!("POST /in/form HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024)),
        format!("POST /in/form HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        "nonsense\r\n\r\n".to_owned(),
    ] {
        let mut stream = TcpStream::connect(room.address()).await.unwrap();
        drop(stream.write_all(head.as_bytes()).await);
        let told = rest(&mut stream).await;
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{told}");
    }
    assert_eq!(room.client.get(room.url("/healthz")).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_there_are_places_wait_their_turn() {
    let room = Room::of(LISTEN, Bounds { connections: 1, ..Bounds::default() }).await;
    let mut first = TcpStream::connect(room.address()).await.unwrap();
    first.write_all(head(&room, 19).as_bytes()).await.unwrap();
    let second = room.client.get(room.url("/healthz")).send();
    let second = tokio::spawn(second);
    first.write_all(b"email=a@example.org").await.unwrap();
    assert!(rest(&mut first).await.starts_with("HTTP/1.1 200"));
    assert_eq!(second.await.unwrap().unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_flight_at_the_end_is_committed_and_answered() {
    let mut room = Room::open().await;
    let mut stream = TcpStream::connect(room.address()).await.unwrap();
    stream.write_all(head(&room, 19).as_bytes()).await.unwrap();
    stream.write_all(b"email=a").await.unwrap();
    // The server has taken the connection once somebody after it has been answered.
    assert_eq!(room.client.get(room.url("/healthz")).send().await.unwrap().status(), 200);
    let (listener, address) = (room.listener(), room.address());
    let stopping = tokio::spawn(listener.stop());
    // Nothing new is taken from here on.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(b"@example.org").await.unwrap();
    let told = rest(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    stopping.await.unwrap();
    assert_eq!(room.leads().await, 1);
}
