//! The signed link that accepts a lead: opening it changes nothing, its button does, once, and no other link opens.

use leadgate::clock::{Clock as _, later};
use leadgate::lead::HandoffId;
use leadgate::listen::Bounds;
use leadgate::response::link::{LINK_FOR, sign, sign_look};

use super::room::{AsJson as _, GOOGLE_KEY, Room, google};

const PUBLIC: &str = "\n[listen]\nbind = \"127.0.0.1:0\"\npublic_url = \"https://leads.dach.example\"\nper_peer = 13\n";

async fn acks(room: &Room) -> i64 {
    room.int("select count(*) from handoff where ack_at is not null").await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_button_of_a_whole_link_says_yes_and_only_once() {
    let room = Room::of(PUBLIC, Bounds::default()).await;
    assert_eq!(room.post("/in/google").json(&google("a", GOOGLE_KEY)).send().await.unwrap().status(), 200);
    room.engine.once().await.unwrap();
    let id = room.int("select max(id) from handoff").await;
    let link = sign(&room.store.link_key(), HandoffId(id), room.clock.now());
    let open = |link: &str| room.client.get(room.url(&format!("/yes/{link}"))).send();

    let other = link.replacen(&id.to_string(), &(id + 1).to_string(), 1);
    for wrong in [other.as_str(), "x", "1.2.3"] {
        assert_eq!(open(wrong).await.unwrap().status(), 404, "{wrong}");
        assert_eq!(room.post(&format!("/yes/{wrong}")).send().await.unwrap().status(), 404, "{wrong}");
    }
    for _ in 0..2 {
        let page = open(&link).await.unwrap();
        assert_eq!((page.status().as_u16(), page.headers()["cache-control"].to_str().unwrap()), (200, "no-store"));
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        let html = page.text().await.unwrap();
        assert!(html.contains("<form method=\"post\">") && !html.contains("<script"), "{html}");
        assert_eq!(acks(&room).await, 0, "a scanner that opens it accepts nothing");
    }
    let said = room.post(&format!("/yes/{link}")).send().await.unwrap().text().await.unwrap();
    assert!(said.contains("is yours"), "{said}");
    assert_eq!(acks(&room).await, 1);
    let again = room.post(&format!("/yes/{link}")).send().await.unwrap().text().await.unwrap();
    assert!(again.contains("was accepted already"), "{again}");
    assert_eq!(room.int("select count(*) from mark where kind = 'ack'").await, 1);

    room.clock.set(later(room.clock.now(), LINK_FOR));
    assert_eq!(open(&link).await.unwrap().status(), 410, "it ends by itself");
    assert_eq!(open(&link).await.unwrap().status(), 410);
    assert_eq!(open(&link).await.unwrap().status(), 429, "and nobody tries for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_a_look_opens_with_its_own_link_only_and_is_not_read() {
    let room = Room::of(PUBLIC, Bounds::default()).await;
    let link = sign_look(&room.store.link_key(), "mail");
    for wrong in [link.replacen("mail", "desk", 1), "mail".to_owned(), sign_look(&[1; 32], "mail")] {
        assert_eq!(room.post(&format!("/look/{wrong}")).send().await.unwrap().status(), 404, "{wrong}");
    }
    assert_eq!(room.client.get(room.url(&format!("/look/{link}"))).send().await.unwrap().status(), 405);
    let called = room.post(&format!("/look/{link}")).body("{\"status\": \"answered\"}").send().await.unwrap();
    assert_eq!(called.status(), 204);
    assert_eq!(room.int("select count(*) from mark").await, 0);
}
