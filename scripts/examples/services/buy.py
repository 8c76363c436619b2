"""Buys an article ten times: buy.py URL ARTICLE."""
import sys
import time
import urllib.request

url, article = sys.argv[1:]
for number in range(10):
    urllib.request.urlopen(urllib.request.Request(url + article, method="POST"), timeout=10).read()
    time.sleep(0.1)
