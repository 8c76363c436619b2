-- Tests a shop with a browser, against a PostgreSQL and a Redis of its own: all are started for the run and gone
-- behind it. In the middle of the tests the database is killed: it comes back, the shop with it, and what ran on them
-- runs again.

workflow "services" {
  description = "Tests a shop with a browser, against servers of its own",
  params = { disaster = param.boolean { default = true, description = "Kill the database in the middle" } },
}

local browser = require "baton.browser"
local postgres = require "baton.postgres"
local redis = require "baton.redis"

local db = service "db" (postgres.server { database = "shop", schema = "services/schema.sql" })
local prices = service "prices" (redis.server { seed = "services/prices.redis" })

local shop = service "shop" {
  run = { "python3", "services/shop.py" },
  ports = { "http" },
  env = { DATABASE_URL = db.out.url, REDIS_URL = prices.out.url },
  ready = probe.http { url = "http://127.0.0.1:" .. service.port.http .. "/health", json = { status = "ok" } },
  outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/" },
}

-- One window for all tests: who has signed in stays so.
local page = service "page" (browser.chromium())

local sign_in = step "sign-in" {
  run = "python3 services/browse.py reports/sign-in.tap sign-in",
  env = { SHOP_URL = shop.out.url, WEBDRIVER_SESSION = page.out.session },
  results = tap "reports/sign-in.tap",
}

local buy = matrix "buy" {
  depends = sign_in,
  axes = { article = { "coffee", "milk", "tea" }, screen = { "desktop", "phone" } },
  max = 1,
  step = function(cell)
    local report = "reports/" .. cell.article .. "-" .. cell.screen .. ".tap"
    return {
      run = { "python3", "services/browse.py", report, "buy" },
      env = {
        SHOP_URL = shop.out.url, WEBDRIVER_SESSION = page.out.session, ARTICLE = cell.article, SCREEN = cell.screen,
      },
      timeout = "5m",
      results = tap(report),
    }
  end,
}

-- Each has a database of its own.
parallel "audit" {
  depends = buy,
  step "sales" (postgres.clone { db, run = "services/sold.sh" }),
  step "articles" (postgres.clone { db, run = [[
    psql -d "$DATABASE_URL" -c "delete from sales" && ! services/sold.sh
  ]] }),
}

if params.disaster then
  local look = step "look" {
    depends = sign_in,
    priority = 1,
    run = [[echo "file=$FOLDER/data/postmaster.pid" >> "$BATON_OUTPUT"]],
    env = { FOLDER = db.out.folder },
  }
  -- It needs no database itself: what does would be lost, and run again. In a run that is carried on there may be none.
  step "disaster" {
    priority = 1,
    run = "sleep 1; if read -r server < " .. look.out.file .. "; then kill -KILL \"$server\" || true; fi",
  }
end
