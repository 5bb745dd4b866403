#!/usr/bin/env python3
"""How many handoffs a second, beside the script an engineer would write in an hour (benches/workload/baseline_script.py),
in one round on one machine: quote the ratios, not the times.

  tests/real/throughput.py [HANDOFFS]      1000; env: LEADGATE (target/release/leadgate), BASELINE_PYTHON (one with httpx)

Both read the same people over HTTP from here, hand each to the same far side (Postfix's smtp-sink; an HTTP target in a
process of its own) and store that they did before the next one begins. leadgate's outbox is durable: claim, phase and
outcome are on disk (synchronous=FULL) before what follows; the script commits once a handoff, without waiting for the disk.
leadgate's time is from the first to the last acceptance as stored; the script's is its run less a run that sends nothing.
"""
import http.server, json, os, resource, socket, subprocess, sys, tempfile, threading, time
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
LEADGATE = os.environ.get("LEADGATE", REPO + "/target/release/leadgate")
PYTHON = os.environ.get("BASELINE_PYTHON", sys.executable)
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
PAGE = 1000

CONFIG = """
[business]
name = "Throughput"
zone = "Europe/Berlin"
country = "DE"
hours = "24/7"
[service.roof]
words = ["roof"]
[service.roof.criteria]
anywhere = true
anybody = true
timing.unknown = "pass"
[team.sales]
services = ["roof"]
[person.anna]
team = "sales"
email = "sales@example.com"
[source.web]
preset = "json"
url = "{feed}"
channel = "network"
goal = "as many as there are"
services = ["roof"]
[destination.there]
{there}
[route.default]
to = ["there"]
answer_within = "8h"
"""

PRESET = """
format = 1
id = "target"
title = "The target of this script"
[vars.url]
prompt = "Address"
kind = "url"
[http]
base = "{{ vars.url }}"
[auth]
kind = "none"
[create]
method = "POST"
path = "/tickets"
get = { ref = "$.id" }
[create.body]
key = "{{ h.token }}"
name = "{{ lead.name }}"
email = "{{ lead.email }}"
text = "{{ card.text }}"
[limits]
concurrency = %d
"""

# The same engineer's loop for an API.
HTTP_SCRIPT = """
import sqlite3, sys, httpx
url, db, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
con = sqlite3.connect(db)
con.execute("pragma journal_mode=wal")
con.execute("pragma synchronous=normal")
with httpx.Client() as http:
    for rowid, name, email, service in con.execute("select rowid,name,email,service from lead where sent=0 limit ?", (limit,)).fetchall():
        http.post(url, json={"name": name, "email": email, "text": service}).raise_for_status()
        with con:
            con.execute("update lead set sent=1 where rowid=?", (rowid,))
print(con.execute("select count(*) from lead where sent=1").fetchone()[0])
"""

# Answers every POST with a number; asyncio on bare sockets, so that it is no one's limit.
TARGET = """
import asyncio
made = 0
class Far(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.seen = transport, b""
    def data_received(self, data):
        global made
        self.seen += data
        while True:
            head, mark, rest = self.seen.partition(b"\\r\\n\\r\\n")
            if not mark:
                return
            length = next((int(line[15:]) for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length:")), 0)
            if len(rest) < length:
                return
            self.seen = rest[length:]
            made += head.startswith(b"POST")
            body = b'{"id":"%d"}' % made
            self.transport.write(b"HTTP/1.1 201 Created\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n%s" % (len(body), body))
async def main():
    server = await asyncio.get_running_loop().create_server(Far, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def lead(n):
    return {"id": "r%06d" % n, "created_at": datetime.now().astimezone().isoformat(), "name": "Person %d" % n,
            "email": "person%d@example.com" % n, "phone": "+49301%06d" % n, "service": "a new roof", "timing": "asap",
            "country": "DE", "postal_code": "10405", "budget": "10000", "campaign": "", "source": "web"}


class Feed(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        page = int(self.path.partition("page=")[2] or 0)
        there = [] if self.path.startswith("/empty") else [lead(n) for n in range(page * PAGE, min((page + 1) * PAGE, COUNT))]
        more = "http://%s/leads?page=%d" % (self.headers["Host"], page + 1) if (page + 1) * PAGE < COUNT and there else None
        body = json.dumps({"data": there, "next": more}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def run(command, **more):
    """Wall and CPU seconds, and what it said."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit("%s: %s%s" % (" ".join(command[:4]), done.stdout, done.stderr))
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def baseline(folder, feed, smtp, target):
    """Handoffs a second and CPU milliseconds each, by mail and by HTTP."""
    def less(command, nothing):
        idle = min(run(nothing)[:2] for _ in range(3))
        wall, cpu, told = run(command)
        return (COUNT / (wall - idle[0]), 1000 * (cpu - idle[1]) / COUNT), told

    db, script = folder + "/baseline.db", REPO + "/benches/workload/baseline_script.py"
    run([PYTHON, script, feed + "/leads", db])
    mail, _ = less([PYTHON, script, feed + "/empty", db, smtp, str(COUNT)], [PYTHON, script, feed + "/empty", db])
    db, script = folder + "/baseline-http.db", folder + "/http_script.py"
    with open(script, "w") as file:
        file.write(HTTP_SCRIPT)
    run([PYTHON, REPO + "/benches/workload/baseline_script.py", feed + "/leads", db])
    http, told = less([PYTHON, script, target, db, str(COUNT)], [PYTHON, script, target, db, "0"])
    if int(told) != COUNT:
        sys.exit("the script sent %s" % told)
    return {"mail": mail, "http": http}


def leadgate(folder, name, feed, there, concurrency):
    home = "%s/%s" % (folder, name)
    os.makedirs(home + "/presets/destinations")
    os.makedirs(home + "/data", mode=0o700)
    with open(home + "/presets/destinations/target.toml", "w") as file:
        file.write(PRESET % concurrency)
    with open(home + "/leadgate.toml", "w") as file:
        file.write(CONFIG.format(feed=feed + "/leads", there=there))
    command = [LEADGATE, "--config", home + "/leadgate.toml", "--data-dir", home + "/data"]
    wall, cpu, _ = run(command + ["engine", "--once"])
    rows = json.loads(run(command + ["handoffs", "--json", "--limit", str(COUNT + 1)])[2])
    rows = rows if isinstance(rows, list) else next(value for value in rows.values() if isinstance(value, list))
    at = sorted(datetime.fromisoformat(row["accepted_at"].replace("Z", "+00:00")) for row in rows if row.get("accepted_at"))
    if len(at) != COUNT:
        sys.exit("%s: %d of %d were accepted" % (name, len(at), COUNT))
    return (COUNT - 1) / (at[-1] - at[0]).total_seconds(), wall, 1000 * cpu / COUNT


def main():
    feed_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=feed_server.serve_forever, daemon=True).start()
    feed = "http://127.0.0.1:%d" % feed_server.server_port
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        sink = dict(os.environ, PORT=str(port), WORKDIR=folder + "/sink", LEADGATE_SERVERS=folder)
        script = REPO + "/tests/servers/mail-sink.sh"
        subprocess.run([script, "start"], env=sink, check=True, stdout=subprocess.DEVNULL)
        far = subprocess.Popen([sys.executable, "-c", TARGET], stdout=subprocess.PIPE, text=True)
        try:
            target = "http://127.0.0.1:%s" % far.stdout.readline().strip()
            smtp = "127.0.0.1:%d" % port
            base = baseline(folder, feed, smtp, target + "/tickets")
            print("%d handoffs, load %.1f" % (COUNT, os.getloadavg()[0]))
            for way in ("mail", "http"):
                print("%-4s  script            %6.0f/s            %5.2f CPU ms each" % (way, *base[way]))
                for connections in (1, 8):
                    mail = "smtp = \"smtp+plain://%s\"\nfrom = \"leads@example.com\"\nconnections = %d\nmails_per_connection = 100" % (smtp, connections)
                    there = mail if way == "mail" else "preset = \"target\"\nurl = \"%s\"" % target
                    rate, wall, cpu = leadgate(folder, "%s-%d" % (way, connections), feed, there, connections)
                    print("%-4s  leadgate, %d at once %6.0f/s  %5.2f times  %5.2f CPU ms each, polling and deciding included"
                          % (way, connections, rate, rate / base[way][0], cpu), flush=True)
        finally:
            far.kill()
            subprocess.run([script, "stop"], env=sink, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
