-- Tests a shop against a PostgreSQL and a Redis of its own: all are started for the run and gone behind it. In the
-- middle of the tests the database is killed: it comes back, the shop with it, and what ran on them runs again.

workflow "services" {
  description = "Tests a shop against servers of its own",
  params = { disaster = param.boolean { default = true, description = "Kill the database in the middle" } },
}

local postgres = require "baton.postgres"
local redis = require "baton.redis"

local db = service "db" (postgres.server { database = "shop", schema = "services/schema.sql" })
local prices = service "prices" (redis.server { seed = "services/prices.redis" })

local shop = service "shop" {
  run = { "python3", "services/shop.py" },
  ports = { "http" },
  env = { DATABASE_URL = db.out.url, REDIS_URL = prices.out.url },
  ready = probe.http { url = "http://127.0.0.1:" .. service.port.http .. "/", json = { status = "ok" } },
  outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/" },
}

local buy = matrix "buy" {
  axes = { article = { "coffee", "milk", "tea" } },
  step = function(cell) return { run = { "python3", "services/buy.py", shop.out.url, cell.article } } end,
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
    depends = shop,
    priority = 1,
    run = [[echo "pid=$(head -n 1 "$FOLDER/data/postmaster.pid")" >> "$BATON_OUTPUT"]],
    env = { FOLDER = db.out.folder },
  }
  -- It needs no database itself: what does would be lost, and run again.
  step "disaster" { priority = 1, run = "sleep 0.5 && kill -KILL " .. look.out.pid }
end
