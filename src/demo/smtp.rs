//! One SMTP conversation as a pure machine: a line in, an answer out (RFC 5321, the part a submission
//! client uses). Reading and writing sockets is [`super::mail_catcher`]'s.

/// Longest message taken, in bytes.
pub const MOST_BYTES: usize = 1024 * 1024;

/// Most recipients of one message (RFC 5321 4.5.3.1.8 asks for at least 100).
const MOST_RECIPIENTS: usize = 100;

/// What to do after a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this answer.
    Say(String),
    /// Say nothing yet: a line of a message.
    Listen,
    /// Keep this message, then send the answer.
    Keep(Envelope, String),
    /// Send this answer and hang up.
    Leave(String),
}

/// A message with its envelope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// The message as sent, without the dots that SMTP adds.
    pub data: Vec<u8>,
}

/// Where a conversation stands.
#[derive(Debug, Default)]
pub struct Session {
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
    data: Option<Vec<u8>>,
    too_big: bool,
}

impl Session {
    /// The first words of the server.
    pub const GREETING: &'static str = "220 mail.demo.invalid leadgate demo ESMTP";

    /// Takes one line, without its CRLF.
    pub fn line(&mut self, line: &[u8]) -> Step {
        if self.data.is_some() {
            return self.message_line(line);
        }
        let text = String::from_utf8_lossy(line);
        let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.reset();
                self.greeted = true;
                Step::Say(format!("250-mail.demo.invalid\r\n250-SIZE {MOST_BYTES}\r\n250-8BITMIME\r\n250 SMTPUTF8"))
            }
            "HELO" => {
                self.reset();
                self.greeted = true;
                say("250 mail.demo.invalid")
            }
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.begin_data(),
            "RSET" => {
                self.reset();
                say("250 2.0.0 Ok")
            }
            "NOOP" => say("250 2.0.0 Ok"),
            "QUIT" => Step::Leave("221 2.0.0 Bye".to_owned()),
            _ => say("500 5.5.2 Unknown command"),
        }
    }

    fn mail(&mut self, rest: &str) -> Step {
        if !self.greeted {
            return say("503 5.5.1 Say EHLO first");
        }
        if self.from.is_some() {
            return say("503 5.5.1 There is a sender already");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return say("501 5.5.4 Syntax: MAIL FROM:<address>");
        };
        let size = parameters.split_whitespace().find_map(|parameter| parameter.strip_prefix("SIZE="));
        if size.and_then(|size| size.parse::<usize>().ok()).is_some_and(|size| size > MOST_BYTES) {
            return say("552 5.3.4 Message size exceeds fixed limit");
        }
        self.from = Some(address);
        say("250 2.1.0 Ok")
    }

    fn recipient(&mut self, rest: &str) -> Step {
        if self.from.is_none() {
            return say("503 5.5.1 Say MAIL first");
        }
        if self.to.len() == MOST_RECIPIENTS {
            return say("452 4.5.3 Too many recipients");
        }
        match path(rest, "TO:") {
            Some((address, _)) if address.contains('@') => {
                self.to.push(address);
                say("250 2.1.5 Ok")
            }
            _ => say("501 5.1.3 Syntax: RCPT TO:<address>"),
        }
    }

    fn begin_data(&mut self) -> Step {
        if self.to.is_empty() {
            return say("503 5.5.1 Say RCPT first");
        }
        self.data = Some(Vec::new());
        self.too_big = false;
        say("354 End data with <CR><LF>.<CR><LF>")
    }

    fn message_line(&mut self, line: &[u8]) -> Step {
        if line == b"." {
            let kept = Envelope {
                from: self.from.take().unwrap_or_default(),
                to: std::mem::take(&mut self.to),
                data: self.data.take().unwrap_or_default(),
            };
            let too_big = self.too_big;
            self.reset();
            return if too_big {
                say("552 5.3.4 Message size exceeds fixed limit")
            } else {
                Step::Keep(kept, "250 2.0.0 Ok: caught".to_owned())
            };
        }
        if let Some(data) = &mut self.data {
            // A line that begins with a dot was sent with one more (RFC 5321 4.5.2).
            let line = line.strip_prefix(b".").unwrap_or(line);
            if data.len() + line.len() + 2 > MOST_BYTES {
                self.too_big = true;
                data.clear();
            } else if !self.too_big {
                data.extend_from_slice(line);
                data.extend_from_slice(b"\r\n");
            }
        }
        Step::Listen
    }

    fn reset(&mut self) {
        *self = Self { greeted: self.greeted, ..Self::default() };
    }
}

fn say(answer: &str) -> Step {
    Step::Say(answer.to_owned())
}

/// The address and the parameters of `FROM:<address> PARAMETERS`.
fn path<'a>(rest: &'a str, word: &str) -> Option<(String, &'a str)> {
    let rest = rest.trim_start();
    let (head, tail) = rest.split_at_checked(word.len())?;
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    let (address, parameters) = tail.trim_start().strip_prefix('<')?.split_once('>')?;
    Some((address.to_owned(), parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(step: &Step) -> &str {
        match step {
            Step::Say(text) | Step::Keep(_, text) | Step::Leave(text) => text.split([' ', '-']).next().unwrap(),
            Step::Listen => "",
        }
    }

    fn talk(session: &mut Session, lines: &[&str]) -> Step {
        lines.iter().fold(Step::Listen, |_, line| session.line(line.as_bytes()))
    }

    #[test]
    fn the_order_of_commands_is_kept() {
        let mut session = Session::default();
        assert_eq!(code(&talk(&mut session, &["MAIL FROM:<a@b>"])), "503");
        assert_eq!(code(&talk(&mut session, &["EHLO x", "RCPT TO:<a@b>"])), "503");
        assert_eq!(code(&talk(&mut session, &["MAIL FROM:<a@b>", "DATA"])), "503");
        assert_eq!(code(&talk(&mut session, &["MAIL FROM:<c@d>"])), "503");
        assert_eq!(code(&talk(&mut session, &["RCPT TO:nobody"])), "501");
        assert_eq!(code(&talk(&mut session, &["VRFY a"])), "500");
        assert_eq!(code(&talk(&mut session, &["NOOP"])), "250");
        assert_eq!(code(&talk(&mut session, &["RSET", "RCPT TO:<a@b>"])), "503");
        assert_eq!(code(&talk(&mut session, &["QUIT"])), "221");
    }

    #[test]
    fn a_message_arrives_without_the_added_dots() {
        let mut session = Session::default();
        let lines =
            ["EHLO x", "MAIL FROM:<a@b> BODY=8BITMIME", "RCPT TO:<c@d>", "DATA", "Subject: x", "", "..dot", "end", "."];
        let Step::Keep(envelope, answer) = talk(&mut session, &lines) else { panic!("not kept") };
        assert!(answer.starts_with("250"));
        assert_eq!((envelope.from.as_str(), envelope.to[0].as_str()), ("a@b", "c@d"));
        assert_eq!(envelope.data, b"Subject: x\r\n\r\n.dot\r\nend\r\n");
        assert_eq!(code(&talk(&mut session, &["DATA"])), "503", "the next message begins anew");
    }

    #[test]
    fn what_is_too_big_is_refused_before_or_after_it_came() {
        let mut session = Session::default();
        assert_eq!(code(&talk(&mut session, &["EHLO x", "MAIL FROM:<a@b> SIZE=2000000"])), "552");
        talk(&mut session, &["MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA"]);
        let line = vec![b'x'; 1000];
        for _ in 0..1_100 {
            session.line(&line);
        }
        assert_eq!(code(&session.line(b".")), "552");
    }

    #[test]
    fn recipients_are_bounded() {
        let mut session = Session::default();
        talk(&mut session, &["EHLO x", "MAIL FROM:<>"]);
        for _ in 0..MOST_RECIPIENTS {
            assert_eq!(code(&talk(&mut session, &["RCPT TO:<c@d>"])), "250");
        }
        assert_eq!(code(&talk(&mut session, &["RCPT TO:<c@d>"])), "452");
    }
}
