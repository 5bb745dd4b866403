#!/usr/bin/env python3
"""The fortnight before the Monday morning of docs/team-lead.md, played with the real program under `faketime`.

  morning.py DIR [HTTP-PORT SMTP-PORT]

makes DIR/leadgate.toml and DIR/data: a team of three with 20 leads a day, two sources, two weeks of leads, calls and
handoffs, and sixty people who asked over the last weekend. It then keeps both servers up and prints how to open the
console on Monday at 07:58. Ctrl-C ends it. $LEADGATE is the program (target/debug/leadgate); `faketime` and Postfix's
`smtp-sink` are needed. The same people come each time.
"""
import datetime, http.server, json, os, random, signal, subprocess, sys, threading, urllib.parse
from zoneinfo import ZoneInfo

BERLIN, UTC = ZoneInfo("Europe/Berlin"), datetime.timezone.utc
HERE = os.path.dirname(os.path.abspath(__file__))
LEADGATE = os.path.abspath(os.environ.get("LEADGATE", HERE + "/../../target/debug/leadgate"))
MONDAY = datetime.date(2026, 11, 9)
OPENING = datetime.datetime(2026, 11, 23, 7, 58, tzinfo=BERLIN)
FIRST = "Anton Bea Clara Denis Emil Eva Felix Greta Hannes Ida Jonas Katrin Lukas Mia Nora Olga Paul Rosa Sören Tina Vera".split()
LAST = "Albrecht Becker Conrad Engel Fischer Gruber Jansen Keller Lehmann Nowak Otto Peters Richter Schäfer Vogel Weiß Yılmaz".split()
# What they want, what they would spend, how often.
NEEDS = [("Wärmepumpe statt Gasheizung", "18-25 TEUR", 5), ("Luft-Wasser-Wärmepumpe", "22.000 - 30.000 €", 3),
         ("heat pump for a detached house", "up to 28k EUR", 2), ("Wärmepumpe und Heizkörper", "35.000 Euro", 1)]
WHEN = ["im Frühjahr", "in 2-3 Monaten", "so bald wie möglich", "nächsten Monat", "within 6 months"]
CODES = ["10243", "10405", "10999", "12043", "13086", "13353", "14059"]
CONFIG = """
[business]
name = "Wärme & Söhne"
zone = "Europe/Berlin"
country = "DE"
hours = "Mo-Fr 08:00-17:00; PH off"

[service.heat-pump]
title = "Heat pump"
words = ["wärmepumpe", "heat pump"]
[service.heat-pump.criteria]
timing = {{ within = "12 months", unknown = "pass" }}
region = {{ postal_codes = ["10000-14199"], unknown = "fail" }}
budget = {{ at_least = "10000 EUR", unknown = "pass" }}

[team.berlin]
title = "Berlin"
services = ["heat-pump"]

[person.anna]
name = "Anna Berg"
team = "berlin"
email = "anna@waerme.example"
open_at_most = 12
[person.ben]
name = "Ben Adler"
team = "berlin"
email = "ben@waerme.example"
open_at_most = 8
new_at_most = "8 per day"
[person.meryem]
name = "Meryem Koç"
team = "berlin"
email = "meryem@waerme.example"
open_at_most = 8

[cap.berlin-day]
team = "berlin"
max = 20
per = "day"
on_full = {{ hold = "7 days" }}

[source.campaign]
title = "Autumn campaign"
preset = "json"
url = "http://127.0.0.1:{http}/campaign"
since_param = "since"
every = "2m"
channel = "campaign"
goal = "80 actionable a month"
services = ["heat-pump"]
[source.web]
title = "Website"
preset = "json"
url = "http://127.0.0.1:{http}/web"
since_param = "since"
every = "2m"
channel = "network"
goal = "20 actionable a month"
services = ["heat-pump"]

[destination.mail]
smtp = "smtp+plain://127.0.0.1:{smtp}"
from = "Leads <leads@waerme.example>"

[route.default]
to = ["mail"]
answer_within = "5h"
"""


def person(chance, number, at):
    first, last = chance.choice(FIRST), chance.choice(LAST)
    need, budget, _ = chance.choices(NEEDS, [weight for *_, weight in NEEDS])[0]
    fits = chance.random() > 0.08
    return {
        "id": "r%d" % number, "created_at": at.astimezone(UTC).isoformat(), "name": first + " " + last,
        "email": "person%d@example.com" % number, "phone": "+49 30 55501%03d" % (number % 1000), "country": "DE",
        "service": need if fits else "Solaranlage", "timing": chance.choice(WHEN), "budget": budget,
        "postal_code": chance.choice(CODES),
    }


def people():
    """Everybody who asks, in order: (source, record)."""
    chance, all = random.Random(20), []
    def some(day, count, source, hours):
        for _ in range(count):
            at = datetime.datetime.combine(day, datetime.time(), BERLIN) + datetime.timedelta(seconds=chance.uniform(*hours) * 3600)
            all.append((at, source))
    some(MONDAY - datetime.timedelta(days=1), 20, "campaign", (9, 20))  # who waits when it begins
    for day in range(14):
        date = MONDAY + datetime.timedelta(days=day)
        if day >= 12:  # the last weekend: all to Sunday evening
            some(date, 29, "campaign", (9, 20.5))
            some(date, 4, "web", (9, 20.5))
        elif day >= 5 and day < 7:
            some(date, 8, "campaign", (9, 22))
        else:
            some(date, 16, "campaign", (-6, 8))
            some(date, 3, "web", (8, 16))
    all.sort()
    return [(source, person(chance, number, at)) for number, (at, source) in enumerate(all, 1)]


class Server(http.server.BaseHTTPRequestHandler):
    now, everybody = datetime.datetime.min.replace(tzinfo=UTC), []

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        since = urllib.parse.parse_qs(url.query).get("since", [""])[0]
        since = datetime.datetime.fromisoformat(since.replace("Z", "+00:00")) if since else None
        def asked(record):
            at = datetime.datetime.fromisoformat(record["created_at"])
            return at <= Server.now and (since is None or at >= since)
        rows = [record for source, record in Server.everybody if "/" + source == url.path and asked(record)]
        body = json.dumps({"data": rows, "next": None}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Play:
    def __init__(self, dir):
        self.dir = dir

    def run(self, at, *words):
        Server.now = at
        moment = at.astimezone(UTC).strftime("@%Y-%m-%d %H:%M:%S")
        command = ["faketime", "-m", "--exclude-monotonic", "-f", moment, LEADGATE, "--config", self.dir + "/leadgate.toml",
                   "--data-dir", self.dir + "/data", *words]
        while True:
            done = subprocess.run(command, env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True)
            # An earlier process of the same number left its semaphore: the next one has another number.
            if "sem_open: File exists" not in done.stderr:
                break
        if done.returncode:
            sys.exit("%s %s: %s%s" % (at, " ".join(words), done.stdout, done.stderr))
        return done.stdout

    def day(self, date):
        at = lambda hour, minute=0: datetime.datetime.combine(date, datetime.time(hour, minute), BERLIN)
        if date.weekday() >= 5:
            self.run(at(12), "engine", "--once")
            self.run(at(21), "engine", "--once")
            return
        self.end(at(8))
        for hour in range(8, 18):
            now = at(min(hour, 17), 5 if hour == 8 else 0) if hour < 17 else at(16, 55)
            self.run(now, "engine", "--once")
            self.call(now)

    def end(self, now):
        """Whatever was answered three days ago has come to something."""
        for row in json.loads(self.run(now, "handoffs", "--json")):
            if row["state"] == "tracking" and now - datetime.datetime.fromisoformat(row["first_at"]) > datetime.timedelta(days=3):
                won = row["id"] % 4 == 0
                self.run(now, "--as", row["person"], "lead", *(
                    ["won", row["lead"], "--value", str(16000 + row["id"] * 37)] if won else ["lost", row["lead"], "--reason", "O-PRICE"]))

    def call(self, now):
        """Everybody calls one of theirs, the oldest first."""
        rows = json.loads(self.run(now, "handoffs", "--json"))
        waiting = [row for row in rows if row["state"] == "accepted" and not row["first_at"]]
        waiting.sort(key=lambda row: row["accepted_at"])
        for who in ("anna", "ben", "meryem"):
            mine = [row for row in waiting if row["person"] == who]
            for row in mine[:1]:
                self.run(now, "--as", who, "lead", "contacted", row["lead"])


def main():
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    dir = os.path.abspath(sys.argv[1])
    web, smtp = (int(port) for port in sys.argv[2:]) if len(sys.argv) == 4 else (18731, 18732)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    os.makedirs(dir, exist_ok=True)
    with open(dir + "/leadgate.toml", "w") as file:
        file.write(CONFIG.format(http=web, smtp=smtp))
    sink = subprocess.Popen(["smtp-sink", *(["-u", "nobody"] if os.getuid() == 0 else []), "127.0.0.1:%d" % smtp, "64"],
                            stdout=subprocess.DEVNULL)
    try:
        Server.everybody = people()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", web), Server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        play = Play(dir)
        if not os.path.exists(dir + "/data"):
            for day in range(14):
                play.day(MONDAY + datetime.timedelta(days=day))
                print(MONDAY + datetime.timedelta(days=day), flush=True)
        Server.now = OPENING
        opening = OPENING.strftime("@%Y-%m-%d %H:%M:%S")
        print("TZ=Europe/Berlin faketime -m --exclude-monotonic -f '%s' %s --config %s/leadgate.toml --data-dir %s/data --as anna"
              % (opening, LEADGATE, dir, dir), flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        sink.terminate()


main()
