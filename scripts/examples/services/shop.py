"""A shop: GET / says whether it is open, POST /ARTICLE sells one."""
import http.server
import os
import socket
import subprocess
import urllib.parse


def ask(query, article="", cents="0"):
    words = ["psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-v", "article=" + article, "-v", "cents=" + cents]
    words += ["-d", os.environ["DATABASE_URL"]]
    return subprocess.run(words, input=query, text=True, capture_output=True).returncode == 0


def price(article):
    """What Redis says; None where it does not answer, or knows none."""
    cache = urllib.parse.urlsplit(os.environ["REDIS_URL"])
    try:
        with socket.create_connection((cache.hostname, cache.port), timeout=5) as connection:
            connection.sendall(f"GET price:{article}\r\n".encode())
            answer = connection.makefile("rb")
            return int(answer.readline()[1:]) >= 0 and answer.readline().strip().decode() or None
    except (OSError, ValueError):
        return None


class Shop(http.server.BaseHTTPRequestHandler):
    def answer(self, is_well):
        self.send_response(200 if is_well else 503)
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}' if is_well else b'{"status":"closed"}')

    def do_GET(self):
        self.answer(price("tea") is not None and ask("select 1 from sales limit 1"))

    def do_POST(self):
        article = self.path[1:]
        cents = price(article)
        self.answer(cents and ask("insert into sales (article, cents) values (:'article', :cents)", article, cents))

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["BATON_PORT_HTTP"])), Shop).serve_forever()
