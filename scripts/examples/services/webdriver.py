"""What the tests say to a browser: the commands of WebDriver (https://www.w3.org/TR/webdriver2/) that they need."""
import json
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Refused(Exception):
    """The browser says that it can't."""


class Element:
    def __init__(self, browser, name):
        self.browser, self.path = browser, "/element/" + name

    @property
    def text(self):
        return self.browser.command("GET", self.path + "/text")

    @property
    def is_shown(self):
        return self.browser.command("GET", self.path + "/displayed")

    def click(self):
        self.browser.command("POST", self.path + "/click", {})

    def type(self, text):
        self.browser.command("POST", self.path + "/value", {"text": text})


class Browser:
    """A session that is there already: its address."""

    def __init__(self, session):
        self.session = session

    def command(self, method, path, fields=None):
        body = None if fields is None else json.dumps(fields).encode()
        request = urllib.request.Request(self.session + path, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            told = json.load(error)["value"]
            raise Refused(told["error"] + ": " + told["message"].splitlines()[0]) from None

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    @property
    def title(self):
        return self.command("GET", "/title")

    def all(self, css):
        found = self.command("POST", "/elements", {"using": "css selector", "value": css})
        return [Element(self, element[ELEMENT]) for element in found]

    def find(self, css):
        found = self.command("POST", "/element", {"using": "css selector", "value": css})
        return Element(self, found[ELEMENT])

    def wait(self, look, wanted, limit=60):
        """A page takes its time: what is looked for is asked until it is what is wanted. What it was in the end."""
        end = time.monotonic() + limit
        while True:
            try:
                found = look()
            except Refused as refusal:
                found = str(refusal)
            if found == wanted or time.monotonic() > end:
                return found
            time.sleep(0.02)

    def resize(self, width, height):
        self.command("POST", "/window/rect", {"width": width, "height": height})
