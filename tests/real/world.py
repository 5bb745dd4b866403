#!/usr/bin/env python3
"""What the scripts beside this file need to know of the real servers, and nothing of leadgate's insides.

  world.py seed                 a list with exactly 200 people at Mailman (made on first use)
  world.py config DIR           a config for these servers in DIR/leadgate.toml, secrets beside it
  world.py crowd DIR N          a new list with N people at Mailman, and a config that reads it and hands nobody off
  world.py churn DIR ROUNDS CMD...  runs CMD so often; each time six people leave that list and six join while it reads
  world.py roster DIR [ever]    who is on that list now, or was ever on it: an address a line
  world.py judge DIR            `leadgate leads all --json` on stdin against that list: leads, people, gone, wrongly here or gone
  world.py mails                each Message-ID in every mailbox, one a line
  world.py tickets              "ID KEY" of every ticket in Roundup that carries a handoff's key
  world.py reply KEY            the human user of Roundup answers the ticket with that key
  world.py comment KEY          leadgate's own user writes into it
  world.py status KEY           the human user changes its status, and says nothing
  world.py take KEY             the human user makes the ticket their own, and says nothing
  world.py mail FROM KEY SUBJECT BODY [HEADER: VALUE]...   a mail into leadgate's mailbox, in answer to that handoff's
  world.py count WHAT           reads `leadgate … --json` on stdin: leads, or a line for each handoff
  world.py kill SECONDS CMD...  runs CMD, kills it with SIGKILL so long after Mailman was first asked;
                                says how long after that it lived, and "killed" or "ended"

Servers: $LEADGATE_SERVERS/{mailman,mail,roundup}.env, as the scripts in tests/servers print them.
"""
import base64, collections, email, email.message, email.utils, imaplib, json, os, random, re, signal, smtplib, ssl, subprocess, sys, time
import urllib.parse, urllib.request

SERVERS = os.environ.get("LEADGATE_SERVERS", "/tmp/leadgate-servers")
PEOPLE = 200
LIST = "leads%d@news.leadgate.test" % PEOPLE
KEY = re.compile(r"LG[0-9A-HJKMNP-TV-Z]{12}")
FIRST_POLL_WAIT = 30.0


def env(name):
    path = "%s/%s.env" % (SERVERS, name)
    try:
        lines = open(path).read().splitlines()
    except FileNotFoundError:
        sys.exit("%s is missing: start the server as CONTRIBUTING.md says, with its output in that file" % path)
    return {k: v.strip('"') for k, v in (line.split("=", 1) for line in lines if "=" in line)}


def http(url, user, password, data=None, method=None, headers=None, form=False):
    request = urllib.request.Request(url, method=method, headers=dict(headers or {}))
    request.add_header("Authorization", "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode())
    body = None
    if data is not None:
        body = (urllib.parse.urlencode(data) if form else json.dumps(data)).encode()
        if not form:
            request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, body, timeout=60) as answer:
        text = answer.read()
        return (json.loads(text) if text else None), answer.headers


# ---- Mailman: where people sign up

def mailman(path, data=None):
    e = env("mailman")
    return http(e["API"] + path, e["USER"], e["PASSWORD"], data, form=True)[0]


def seed():
    lists = {entry["fqdn_listname"]: entry for entry in mailman("/lists").get("entries", [])}
    if LIST not in lists:
        mailman("/lists", {"fqdn_listname": LIST})
    list_id = LIST.replace("@", ".")
    have = mailman("/lists/" + list_id)["member_count"]
    for number in range(have + 1, PEOPLE + 1):
        mailman("/members", dict(list_id=list_id, subscriber="lead%05d@example.test" % number, display_name="Lead %05d" % number,
                                 pre_verified="true", pre_confirmed="true", pre_approved="true", send_welcome_message="false"))
    have = mailman("/lists/" + list_id)["member_count"]
    if have != PEOPLE:
        sys.exit("the list %s has %d members, not %d" % (LIST, have, PEOPLE))
    print(list_id)


# ---- a list on which people come and go while it is read

CROWD = """
[business]
name = "A list in motion"
zone = "Europe/Berlin"
country = "DE"
hours = "24/7"

[service.offers]
words = ["offers"]
criteria = {{ anywhere = true, anybody = true, timing = {{ unknown = "pass" }}, budget = {{ unknown = "pass" }} }}

[team.desk]
services = ["offers"]
at_most = "0 per day"

[person.anna]
team = "desk"
email = "anna@leadgate.test"

[source.list]
preset = "mailman"
url = "{api}"
list_id = "{list_id}"
user = "{user}"
password = {{ file = "{dir}/mailman.password" }}
every = "5s"
channel = "network"
goal = "20 actionable a day"
services = ["offers"]
assume = {{ service = "offers", region = "DE" }}

[destination.mail]
smtp = "smtp+plain://127.0.0.1:1"
from = "leads@leadgate.test"

[route.default]
to = ["mail"]
"""
STEP = 6


def crowd(folder, people):
    folder, e = os.path.abspath(folder), env("mailman")
    name = "crowd%d@news.leadgate.test" % time.time()
    mailman("/lists", {"fqdn_listname": name})
    list_id = name.replace("@", ".")
    with open(os.open(folder + "/mailman.password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(e["PASSWORD"])
    with open(folder + "/leadgate.toml", "w") as file:
        file.write(CROWD.format(dir=folder, api=e["API"], user=e["USER"], list_id=list_id))
    with open(folder + "/list", "w") as file:
        file.write(list_id)
    for number in range(int(people)):
        join(folder, "first%05d@example.test" % number)


def join(folder, address):
    with open(folder + "/list") as file:
        list_id = file.read()
    mailman("/members", dict(list_id=list_id, subscriber=address, display_name=address.split("@")[0], pre_verified="true",
                             pre_confirmed="true", pre_approved="true", send_welcome_message="false"))
    with open(folder + "/ever", "a") as file:
        file.write(address + "\n")


def members(folder):
    with open(folder + "/list") as file:
        list_id = file.read()
    found, page, size = {}, 1, 500
    while True:
        answer = mailman("/lists/%s/roster/member?count=%d&page=%d" % (list_id, size, page))
        found.update((entry["email"], entry["member_id"]) for entry in answer.get("entries", []))
        if page * size >= answer["total_size"]:
            return found
        page += 1


def ever(folder):
    with open(folder + "/ever") as file:
        return set(file.read().split())


def churn(folder, rounds, command):
    folder, dice, e = os.path.abspath(folder), random.Random(4), env("mailman")
    seen = set()
    for number in range(int(rounds)):
        there = members(folder)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reading:
            # Nobody can be seen who comes and goes between two looks: who leaves was there when the last good look began.
            for address in dice.sample(sorted(seen & set(there)), STEP if seen else 0):
                http(e["API"] + "/members/" + there[address], e["USER"], e["PASSWORD"], method="DELETE")
            for step in range(STEP):
                join(folder, "round%dof%d@example.test" % (number, step))
            told = reading.communicate()[0].strip()
        # Mailman answers 500 now and then to who reads a roster while somebody is taken off it: told, and read again.
        if reading.returncode and "answered 500" not in told:
            sys.exit("%s ended with %d: %s" % (" ".join(command), reading.returncode, told))
        seen = seen if reading.returncode else set(there)
        faulty = ", Mailman failed meanwhile" if reading.returncode else ""
        print("round %d: %d on the list%s" % (number + 1, len(members(folder)), faulty), flush=True)


def roster(folder, which="now"):
    folder = os.path.abspath(folder)
    print(*sorted(ever(folder) if which == "ever" else members(folder)), sep="\n")


def judge(folder):
    folder = os.path.abspath(folder)
    found = rows(sys.stdin.read())
    # Rows name people, not addresses; here both begin alike.
    name = lambda address: address.split("@")[0]
    left = {row["name"] for row in found if row["stage"] == "closed"}
    people = {row["name"] for row in found}
    gone = {name(address) for address in ever(folder) - set(members(folder))}
    print(len(found), len(people & {name(address) for address in ever(folder)}), len(left), len(left ^ gone))


# ---- the config of the scenario

CONFIG = """
[business]
name = "Real servers"
zone = "Europe/Berlin"
country = "DE"
languages = ["en"]
currency = "EUR"
hours = "24/7"

[service.offers]
title = "Offers"
words = ["offers"]

[service.offers.criteria]
anywhere = true
anybody = true
timing = {{ unknown = "pass" }}
region = {{ unknown = "pass" }}
budget = {{ unknown = "pass" }}

[team.mailers]
title = "Mailers"
services = ["offers"]
route = "mails"
at_most = "10 per day"

[team.ticketers]
title = "Ticketers"
services = ["offers"]
route = "tickets"
at_most = "10 per day"

[person.anna]
name = "Anna"
team = "mailers"
email = "anna@{mail[MAIL_DOMAIN]}"

[person.ben]
name = "Ben"
team = "ticketers"
email = "ben@{mail[MAIL_DOMAIN]}"

[source.list]
title = "Mailing list"
preset = "mailman"
url = "{mailman[API]}"
list_id = "{list_id}"
user = "{mailman[USER]}"
password = {{ file = "{dir}/mailman.password" }}
every = "30s"
channel = "network"
goal = "20 actionable a day"
services = ["offers"]
assume = {{ service = "offers", region = "DE" }}

[destination.mail]
smtp = "smtps://{user}@{mail[SMTP_HOST]}:{mail[SMTPS_PORT]}"
password = {{ file = "{dir}/mail.password" }}
ca_file = "{mail[CA_FILE]}"
from = "Leads <{mail[MAIL_USER]}>"

[destination.roundup]
preset = "roundup"
url = "{roundup_url}"
user = "{roundup[API_USER]}"
password = {{ file = "{dir}/roundup.password" }}
keyword = "{roundup[QUEUE_KEYWORD]}"

[route.mails]
to = ["mail"]

[route.tickets]
to = ["roundup"]
acknowledge_within = "1h"

[route.default]
to = ["roundup", "mail"]
acknowledge_within = "1h"
"""


def config(folder):
    folder = os.path.abspath(folder)
    mail, roundup, list_server = env("mail"), env("roundup"), env("mailman")
    for name, secret in (("mail", mail["MAIL_PASSWORD"]), ("roundup", roundup["API_PASSWORD"]), ("mailman", list_server["PASSWORD"])):
        with open(os.open("%s/%s.password" % (folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secret)
    text = CONFIG.format(dir=folder, mail=mail, roundup=roundup, mailman=list_server, list_id=LIST.replace("@", "."),
                         user=urllib.parse.quote(mail["MAIL_USER"], safe=""), roundup_url=roundup["BASE_URL"].rstrip("/"))
    with open(folder + "/leadgate.toml", "w") as file:
        file.write(text)


# ---- the mailboxes

def mails():
    e = env("mail")
    context = ssl.create_default_context(cafile=e["CA_FILE"])
    for user in e["MAIL_USERS"].split():
        with imaplib.IMAP4_SSL(e["IMAP_HOST"], int(e["IMAPS_PORT"]), ssl_context=context) as box:
            box.login(user, e["MAIL_PASSWORD"])
            if int(box.select("INBOX", readonly=True)[1][0]):
                for part in box.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]:
                    if isinstance(part, tuple):
                        print((email.message_from_bytes(part[1])["Message-ID"] or "").strip())


# ---- Roundup: the tickets

def roundup(path, data=None, method=None, human=False, headers=None):
    e = env("roundup")
    who = ("HUMAN_USER", "HUMAN_PASSWORD") if human else ("API_USER", "API_PASSWORD")
    own = {"X-Requested-With": "rest", "Origin": "http://127.0.0.1:" + e["PORT"]}
    return http(e["API_URL"] + path, e[who[0]], e[who[1]], data, method, {**own, **(headers or {})})


def ticket_keys():
    page, size = 1, 200
    while True:
        query = urllib.parse.urlencode({"@fields": "title,extkey", "@verbose": "1", "@page_size": size, "@page_index": page})
        rows = roundup("data/issue?" + query)[0]["data"]["collection"]
        for row in rows:
            for key in set(KEY.findall("%s %s" % (row.get("title") or "", row.get("extkey") or ""))):
                yield row["id"], key
        if len(rows) < size:
            return
        page += 1


def ticket_of(key):
    return next((number for number, found in ticket_keys() if found == key), None) or sys.exit("no ticket carries %s" % key)


def change(number, what):
    tag = roundup("data/issue/" + number, human=True)[1]["ETag"]
    roundup("data/issue/" + number, what, "PATCH", human=True, headers={"If-Match": tag})


def write(key, text, human):
    number, user = ticket_of(key), env("roundup")["HUMAN_USER" if human else "API_USER"]
    message = roundup("data/msg", {"content": text, "author": user, "date": "."}, human=human)[0]["data"]["id"]
    change(number, {"@op": "add", "messages": [message]})
    print("ticket %s: written by %s" % (number, user))


def status(key):
    number = ticket_of(key)
    change(number, {"status": "in-progress"})
    print("ticket %s: in progress" % number)


def take(key):
    number, user = ticket_of(key), env("roundup")["HUMAN_USER"]
    change(number, {"assignedto": user})
    print("ticket %s: taken by %s" % (number, user))


def mail(sender, key, subject, body, *headers):
    e = env("mail")
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, e["MAIL_USER"], subject
    message["Date"], message["Message-ID"] = email.utils.formatdate(), email.utils.make_msgid(domain="far.example")
    message["In-Reply-To"] = "<lg.%s@%s>" % (key[2:].lower(), e["MAIL_DOMAIN"])
    for header in headers:
        name, value = header.split(":", 1)
        message[name] = value.strip()
    message.set_content(body)
    context = ssl.create_default_context(cafile=e["CA_FILE"])
    with smtplib.SMTP_SSL(e["SMTP_HOST"], int(e["SMTPS_PORT"]), context=context) as server:
        server.login(e["MAIL_USER"], e["MAIL_PASSWORD"])
        server.send_message(message, from_addr=e["MAIL_USER"])


# ---- what leadgate prints

def rows(text, names=("rows", "leads", "handoffs", "items")):
    """The rows of a JSON list, of an object that holds one, or of one object a line."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(value, dict):
        value = next((value[name] for name in names if isinstance(value.get(name), list)), [value])
    return value


def count(what):
    found = rows(sys.stdin.read())
    if what == "leads":
        stages = collections.Counter(row.get("stage") or "unreadable" for row in found)
        print(len({row["lead"] for row in found if row.get("lead") is not None}),
              *("%s=%d" % stage for stage in sorted(stages.items())))
    elif what == "handoffs":
        for row in found:
            # What was refused for good holds no capacity; what is in doubt does, though both wait for a person.
            refused = row["state"] == "needs-person" and row.get("code") != "D-UNKNOWN"
            state = "refused" if refused else row["state"]
            print(row["token"], row["destination"], state, "answered" if row.get("first_at") else "-")
    else:
        sys.exit("count leads, or count handoffs")


# ---- a death

def kill(seconds, command):
    log = env("mailman")["WORKDIR"] + "/var/logs/mailman.log"
    size = os.path.getsize(log)
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + FIRST_POLL_WAIT
    while os.path.getsize(log) == size and child.poll() is None:
        if time.monotonic() > deadline:
            child.kill()
            sys.exit("Mailman was not asked within %d s" % FIRST_POLL_WAIT)
        time.sleep(0.002)
    began = time.monotonic()
    try:
        child.wait(max(float(seconds), 0.0))
        print("ended %.3f" % (time.monotonic() - began))
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()
        print("killed %.3f" % (time.monotonic() - began))


COMMANDS = {"seed": seed, "config": config, "mails": mails, "mail": mail, "status": status, "take": take, "count": count,
            "reply": lambda key: write(key, "I called, we meet on Thursday.", True),
            "comment": lambda key: write(key, "Score raised to 90.", False),
            "tickets": lambda: [print(number, key) for number, key in ticket_keys()],
            "crowd": crowd, "roster": roster, "judge": judge, "churn": lambda folder, rounds, *command: churn(folder, rounds, command),
            "kill": lambda seconds, *command: kill(seconds, command)}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
