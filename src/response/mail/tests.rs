use super::*;

const KEY: &str = "LG7K3Q9V2MX4ZT";
const THREAD: &str = "In-Reply-To: <lg.7k3q9v2mx4zt@own.test>\n";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A mail with these headers besides, received a minute after it was written.
fn told(headers: &str, body: &str) -> Option<Told> {
    let mail = format!(
        "From: Ben Roe <Ben@own.test>\nTo: leads@own.test\nDate: Fri, 20 Nov 2026 16:00:00 +0000\n\
         Message-ID: <x@own.test>\nSubject: Re: Hot lead\n{headers}\n{body}"
    );
    // The first of two lines with the same name is not what a test overrides with.
    let (head, text) = mail.split_once("\n\n").unwrap();
    let mut seen: Vec<&str> = head.lines().collect();
    for name in ["From:", "Subject:", "Date:"] {
        if seen.iter().filter(|line| line.starts_with(name)).count() > 1 {
            let first = seen.iter().position(|line| line.starts_with(name)).unwrap();
            seen.remove(first);
        }
    }
    read(format!("{}\n\n{text}", seen.join("\n")).replace('\n', "\r\n").as_bytes(), Some(at("2026-11-20T16:01:00Z")))
}

fn what(headers: &str, body: &str) -> What {
    told(headers, body).unwrap().what
}

fn passed(what: &What) -> bool {
    matches!(what, What::Passed(_))
}

#[test]
fn a_person_who_answers_is_heard() {
    let told = told(THREAD, "I called her, she wants an offer.\n\n> Key: LG7K3Q9V2MX4ZT\n").unwrap();
    assert_eq!((told.key.as_str(), told.by_thread, told.from.as_str()), (KEY, true, "ben@own.test"));
    assert_eq!((told.what, told.at, told.borne_out), (What::Answer, at("2026-11-20T16:00:00Z"), true));
    assert_eq!(what(&format!("{THREAD}Auto-Submitted: no\n"), "Called."), What::Answer);
    let thanks = "Thank you for contacting us, your request has been received and I will call you at five.";
    assert_eq!(what(THREAD, thanks), What::Answer, "people write so, too; a machine's subject has a ticket's number");
}

#[test]
fn the_key_is_found_wherever_an_answer_has_it() {
    for (headers, body, by_thread) in [
        ("References: <a@b>\n <lg.7k3q9v2mx4zt@own.test> <c@d>\n", "", true),
        ("Delivered-To: r+lg7k3q9v2mx4zt@own.test\n", "", true),
        ("Cc: Leads <leads+LG7K3Q9V2MX4ZT@own.test>\n", "", true),
        ("Subject: AW: [LG7K3Q9V2MX4ZT] Hot lead\n", "", false),
        ("X-Other: 1\n", "On Friday you wrote:\n> Key: LG7K3Q9V2MX4ZT", false),
    ] {
        let told = told(headers, body).unwrap();
        assert_eq!((told.key.as_str(), told.by_thread), (KEY, by_thread), "{headers}{body}");
    }
    assert_eq!(told("X-Other: 1\n", "Do you sell LGTVs? LG7K3Q9V2MX4ZTX is no key, nor is XLG7K3Q9V2MX4ZT"), None);
    for text in ["", "LG", "lg.", "LGLGLGLG", "lg.7k3q9v2mx4z", "LG7K3Q9V2MX4Zü"] {
        assert_eq!(key_in(text), None, "{text}");
    }
}

#[test]
fn machines_do_not_answer() {
    for headers in [
        "Auto-Submitted: auto-replied\n",
        "Auto-Submitted: auto-generated (rejected)\n",
        "Auto-Submitted: auto-notified; owner-email=\"x\"\n",
        "X-Autoreply: yes\n",
        "X-Autorespond: Re: Hot lead\n",
        "Precedence: auto_reply\n",
        "Precedence: bulk\n",
        "List-Id: <leads.own.test>\n",
        "Return-Path: <>\n",
        "From: <no-reply@desk.test>\n",
        "From: Desk <noreply@desk.test>\n",
        "Subject: Automatic reply: [LG7K3Q9V2MX4ZT] Hot lead\n",
        "Subject: Automatische Antwort: Hot lead\n",
        "Subject: Re: Out of Office until Monday\n",
        "Subject: Abwesenheitsnotiz\n",
        "Subject: Réponse automatique : Hot lead\n",
        "Subject: [desk.test #123] AutoReply: Hot lead\n",
        "X-LeadGate-Key: LG7K3Q9V2MX4ZT\n",
    ] {
        let found = what(&format!("{THREAD}{headers}"), "I am back on Monday.");
        assert!(passed(&found), "{headers} {found:?}");
    }
    for (subject, body) in [
        ("Re: [Own #4711] Hot lead", "Hello,\n\nyour request has been received and has the number 4711."),
        ("DESK-42 Hot lead", "Your request\nhas been created."),
        ("Ticket#2026112001 Hot lead", "Wir haben Ihre Nachricht erhalten."),
        ("Re: Hot lead", "This is an automatically generated message. Please do not reply."),
    ] {
        let found = what(&format!("{THREAD}Subject: {subject}\n"), body);
        assert_eq!(found, What::Passed("a help desk's acknowledgement"), "{subject}");
    }
    let found = what(&format!("{THREAD}Subject: [Own #4711] Hot lead\n"), "Hello Ada, I will call you at five.");
    assert_eq!(found, What::Answer, "an agent who writes from the desk");
}

#[test]
fn a_mail_that_takes_a_lead_is_no_answer() {
    assert_eq!(what("Subject: TAKE LG7K3Q9V2MX4ZT\n", ""), What::Take);
    assert!(passed(&what("Subject: TAKE LG7K3Q9V2MX4ZT\nAuto-Submitted: auto-replied\n", "")));
}

#[test]
fn the_mailbox_bears_out_when_a_mail_was_written_or_says_it() {
    for (date, at_, borne_out) in [
        ("Fri, 20 Nov 2026 15:52:00 +0000", "2026-11-20T15:52:00Z", true),
        ("Fri, 20 Nov 2026 17:05:00 +0100", "2026-11-20T16:01:00Z", true),
        ("Fri, 20 Nov 2026 15:40:00 +0000", "2026-11-20T16:01:00Z", false),
        ("Thu, 01 Jan 1970 00:00:00 +0000", "2026-11-20T16:01:00Z", false),
        ("Wed, 20 Nov 2030 16:00:00 +0000", "2026-11-20T16:01:00Z", false),
        ("yesterday", "2026-11-20T16:01:00Z", false),
    ] {
        let told = told(&format!("{THREAD}Date: {date}\n"), "Called.").unwrap();
        assert_eq!((told.at, told.borne_out), (at(at_), borne_out), "{date}");
    }
}

/// A report as Postfix writes it; `action` with its fields.
fn report(envid: &str, recipient: &str) -> What {
    let headers = "From: MAILER-DAEMON@mail.own.test (Mail Delivery System)\nSubject: Undelivered Mail\n\
        Auto-Submitted: auto-replied\nMIME-Version: 1.0\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n";
    let body = format!(
        "--b\nContent-Type: text/plain\n\nThis is the mail system. I'm sorry.\n\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mail.own.test\n{envid}\
         Arrival-Date: Fri, 20 Nov 2026 15:59:00 +0000\n\n{recipient}\n\n--b\n\
         Content-Type: text/rfc822-headers\n\nMessage-ID: <lg.7k3q9v2mx4zt@own.test>\nX-LeadGate-Key: LG7K3Q9V2MX4ZT\n\n--b--\n"
    );
    let told = told(headers, &body).unwrap();
    assert_eq!(told.key.as_str(), KEY);
    told.what
}

#[test]
fn reports_of_delivery_are_read() {
    let failed = "Final-Recipient: rfc822; ben@own.test\nOriginal-Recipient: rfc822;ben@own.test\nAction: failed\n\
        Status: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 <ben@own.test> Quota exceeded\n (mailbox for user is full)";
    let words = "ben@own.test: 552 5.2.2 <ben@own.test> Quota exceeded (mailbox for user is full)".to_owned();
    for envid in ["", "Original-Envelope-Id: LG7K3Q9V2MX4ZT\n"] {
        assert_eq!(report(envid, failed), What::Bounce { words: words.clone(), formal: true });
    }
    let delayed = "Final-Recipient: rfc822; ben@own.test\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Sat, 21 Nov 2026 15:59:00 +0000";
    assert_eq!(report("", delayed), What::Delay { words: "ben@own.test: 4.4.1".into() });
    for action in ["relayed", "expanded (list)", "delivered"] {
        assert!(passed(&report(
            "",
            &format!("Final-Recipient: rfc822; ben@own.test\nAction: {action}\nStatus: 2.0.0")
        )));
    }
    let both = format!("{delayed}\n\n{failed}");
    assert_eq!(report("", &both), What::Bounce { words, formal: true });
    assert!(passed(&report("", "nonsense")), "a report without an action acts on nothing");
}

#[test]
fn texts_of_servers_that_keep_to_no_form_are_read() {
    let qmail = "Hi. This is the qmail-send program at mail.far.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\
        This is a permanent error; I've given up. Sorry it didn't work out.\n\n<ben@far.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n\
        --- Below this line is a copy of the message.\n\nMessage-ID: <lg.7k3q9v2mx4zt@own.test>\n";
    let exim = "A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.\n\
        The following address(es) failed:\n\n  ben@far.test\n    SMTP error from remote mail server after RCPT TO:<ben@far.test>:\n    550 Unknown user\n\n\
        Message-Id: <lg.7k3q9v2mx4zt@own.test>\n";
    let warning = "    **      THIS IS A WARNING MESSAGE ONLY      **\nYour message has not yet been delivered: 451 greylisted. It will be retried for 4 days.\nMessage-Id: <lg.7k3q9v2mx4zt@own.test>\n";
    for (headers, body, bounce) in [
        ("From: MAILER-DAEMON@mail.far.test\nSubject: failure notice\nReturn-Path: <>\n", qmail, Some("(#5.1.1)")),
        (
            "From: Mail Delivery System <Mailer-Daemon@far.test>\nX-Failed-Recipients: ben@far.test\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender\n",
            exim,
            Some("550 Unknown user"),
        ),
        ("From: postmaster@far.test\nSubject: Warning: could not send message for past 4 hours\n", warning, None),
    ] {
        match (what(headers, body), bounce) {
            (What::Bounce { words, formal: false }, Some(expected)) => assert!(words.contains(expected), "{words}"),
            (What::Delay { words }, None) => assert!(words.contains("451"), "{words}"),
            (other, _) => panic!("{headers} {other:?}"),
        }
    }
    let absent = "Return-Path: <>\nAuto-Submitted: auto-replied\nSubject: Delayed answer\n";
    assert!(passed(&what(&format!("{THREAD}{absent}"), "I am away, room 550 5.1.1 is empty.")));
    assert_eq!(what(THREAD, "We are in 550 Main Street 5.1.1"), What::Answer, "numbers alone are no bounce");
}

#[test]
fn whatever_arrives_is_survived() {
    for bytes in [&b""[..], b"\xff\xfe", b"LG7K3Q9V2MX4ZT", b"\r\n\r\nLG7K3Q9V2MX4ZT"] {
        drop(read(bytes, None));
    }
    let part = |n: i32| format!("Content-Type: multipart/report; boundary=\"{n}\"\r\n\r\n--{n}\r\n");
    let deep = (0..200).map(part).collect::<Vec<_>>().concat();
    drop(read(format!("Subject: LG7K3Q9V2MX4ZT\r\n{deep}").as_bytes(), Some(Timestamp::UNIX_EPOCH)));
}
