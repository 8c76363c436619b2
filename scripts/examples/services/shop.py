"""A shop: GET / says whether it is open, POST /ARTICLE sells one."""
import http.server
import os
import subprocess


def ask(query, article=""):
    words = ["psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-v", "article=" + article, "-d", os.environ["DATABASE_URL"]]
    return subprocess.run(words, input=query, text=True, capture_output=True).returncode == 0


class Shop(http.server.BaseHTTPRequestHandler):
    def answer(self, is_well):
        self.send_response(200 if is_well else 503)
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}' if is_well else b'{"status":"the database does not answer"}')

    def do_GET(self):
        self.answer(ask("select 1 from sales limit 1"))

    def do_POST(self):
        self.answer(ask("insert into sales (article) values (:'article')", self.path[1:]))

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["BATON_PORT_HTTP"])), Shop).serve_forever()
