"""Tests the shop as a guest sees it: browse.py RESULTS SUITE. The article and the screen stand in the environment."""
import os
import sys
import unittest

from webdriver import Browser

SHOP = os.environ["SHOP_URL"]
ARTICLE = os.environ.get("ARTICLE", "tea")
SCREENS = {"phone": (500, 800), "desktop": (1200, 800)}
PRICES = {"coffee": "3.20 €", "milk": "1.45 €", "tea": "2.80 €"}

browser = Browser(os.environ["WEBDRIVER_SESSION"])


def enter():
    """The shop; who comes with a new browser says who they are."""
    browser.open(SHOP)
    if browser.title == "Welcome":
        browser.find("input[name=guest]").type("Ada")
        browser.find("button").click()
        browser.wait(lambda: browser.title, "Shop")


class SignIn(unittest.TestCase):
    def test_greets_a_guest(self):
        enter()
        self.assertEqual(browser.title, "Shop")
        self.assertEqual(browser.find("#guest").text, "Ada")


class Buy(unittest.TestCase):
    def setUp(self):
        browser.resize(*SCREENS[os.environ["SCREEN"]])
        enter()

    def test_knows_who_is_there(self):
        self.assertEqual(browser.find("#guest").text, "Ada")
        self.assertEqual(browser.find("nav").is_shown, os.environ["SCREEN"] == "desktop")

    def test_shows_the_price(self):
        self.assertEqual(browser.find(f"#{ARTICLE} b").text, PRICES[ARTICLE])
        self.assertEqual(len(browser.all("li")), 3)

    def test_sells(self):
        # What was left by tests that were cut off is paid first.
        browser.open(SHOP + "basket")
        self.pay()
        browser.open(SHOP)
        for count in (1, 2):
            browser.find(f"#{ARTICLE} button").click()
            self.sees(lambda: browser.find("a").text, f"Basket: {count}")
        browser.find("a").click()
        self.sees(lambda: browser.find("li").text, f"2 × {ARTICLE}")
        cents = 2 * int(PRICES[ARTICLE][:-2].replace(".", ""))
        self.assertEqual(browser.find("#total").text, f"{cents // 100}.{cents % 100:02d} €")
        self.pay()
        self.assertEqual(browser.all("li"), [])

    def sees(self, look, wanted):
        self.assertEqual(browser.wait(look, wanted), wanted)

    def pay(self):
        # Of an empty basket nothing would tell that the answer has come.
        if browser.all("li"):
            browser.find("form button").click()
        self.sees(lambda: browser.find("#total").text, "0.00 €")


def main(results, suite):
    tests = unittest.defaultTestLoader.loadTestsFromTestCase({"sign-in": SignIn, "buy": Buy}[suite])
    is_well = True
    os.makedirs(os.path.dirname(results), exist_ok=True)
    with open(results, "w", encoding="utf-8", buffering=1) as tap:
        print(f"1..{tests.countTestCases()}", file=tap)
        for number, test in enumerate(tests, 1):
            told = unittest.TestResult()
            test.run(told)
            name = test.id().removeprefix("__main__.")
            print("ok" if told.wasSuccessful() else "not ok", number, "-", name, file=tap)
            for _, text in told.failures + told.errors:
                is_well = False
                print(text, flush=True)
    return 0 if is_well else 1


sys.exit(main(*sys.argv[1:]))
