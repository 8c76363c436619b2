"""A shop: prices from Redis, sales in PostgreSQL. /health says whether it is open; the other pages are for people."""
import html
import http.cookies
import http.server
import os
import socket
import subprocess
import urllib.parse

ARTICLES = ("coffee", "milk", "tea")
# Every script of psql gets all of these.
NAMES = ("guest", "article", "cents")


def ask(query, **values):
    """Rows of a query, each a list of texts; `:'name'` stands for a value."""
    words = ["psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-d", os.environ["DATABASE_URL"]]
    for name in NAMES:
        words += ["-v", f"{name}={values.get(name, '')}"]
    told = subprocess.run(words, input=query, text=True, capture_output=True)
    if told.returncode != 0:
        raise OSError(told.stderr.strip())
    return [line.split("|") for line in told.stdout.splitlines()]


def price(article):
    """In cents, as Redis says."""
    cache = urllib.parse.urlsplit(os.environ["REDIS_URL"])
    with socket.create_connection((cache.hostname, cache.port), timeout=5) as connection:
        connection.sendall(f"GET price:{article}\r\n".encode())
        answer = connection.makefile("rb")
        if not answer.readline().startswith(b"$"):
            raise OSError("Redis has no price of " + article)
        return int(answer.readline())


def euros(cents):
    return f"{cents // 100}.{cents % 100:02d} €"


class Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, status, kind, text, **headers):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def page(self, title, body):
        self.send(200, "text/html; charset=utf-8", f"""<!doctype html><html lang="en"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>@media (max-width: 600px) {{ nav {{ display: none }} }}</style>
<nav>Fine things since 1904</nav><h1>{title}</h1>{body}""")

    def go_to(self, place, **headers):
        self.send(303, "text/plain", "", Location=place, **headers)

    @property
    def guest(self):
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie", "")).get("guest")
        return cookie.value if cookie else ""

    def do_GET(self):
        try:
            self.look()
        except OSError as error:
            self.send(503, "application/json", '{"status":"closed"}')
            print(error, flush=True)

    def look(self):
        if self.path == "/health":
            price("tea")
            ask("select 1 from sales limit 1")
            return self.send(200, "application/json", '{"status":"ok"}')
        if not self.guest:
            form = '<form method="post" action="/guest"><input name="guest"><button>Enter</button></form>'
            return self.page("Welcome", form)
        name = html.escape(self.guest)
        if self.path == "/basket":
            rows = ask("select article, count(*) from baskets where guest = :'guest' group by 1 order by 1",
                       guest=self.guest)
            items = "".join(f'<li data-article="{article}">{count} × {article}</li>' for article, count in rows)
            total = sum(price(article) * int(count) for article, count in rows)
            return self.page("Basket", f'<p id="guest">{name}</p><ul>{items}</ul><p id="total">{euros(total)}</p>'
                             '<form method="post" action="/pay"><button>Pay</button></form><a href="/">Back</a>')
        items = "".join(f'<li id="{article}"><b>{euros(price(article))}</b><form method="post" action="/basket">'
                        f'<button name="article" value="{article}">Take {article}</button></form></li>'
                        for article in ARTICLES)
        count = ask("select count(*) from baskets where guest = :'guest'", guest=self.guest)[0][0]
        return self.page("Shop", f'<p id="guest">{name}</p><ul>{items}</ul><a href="/basket">Basket: {count}</a>')

    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = dict(urllib.parse.parse_qsl(text))
        try:
            if self.path == "/guest":
                return self.go_to("/", Set_Cookie="guest=" + urllib.parse.quote(form.get("guest", "")))
            if self.path == "/basket" and form.get("article") in ARTICLES:
                ask("insert into baskets values (:'guest', :'article')", guest=self.guest, article=form["article"])
                return self.go_to("/")
            if self.path == "/pay":
                ask("begin;" + "".join(
                    f"insert into sales (article, cents) select article, {price(article)} from baskets"
                    f" where guest = :'guest' and article = '{article}';" for article in ARTICLES)
                    + "delete from baskets where guest = :'guest'; commit;", guest=self.guest)
                return self.go_to("/basket")
            self.send(404, "text/plain", "there is no such page")
        except OSError as error:
            self.send(503, "text/plain", str(error))

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["BATON_PORT_HTTP"])), Shop).serve_forever()
