-- Modules of the standard library give the fields of steps: here notes are filled in, written and packed, and waited
-- for.
--
--   baton run library.lua -p version=1.5

local files = require "baton.files"
local health = require "baton.health"
local poll = require "baton.poll"
local templates = require "baton.templates"

workflow "library" {
  description = "Packs release notes",
  params = { version = param.string { default = "1.4", pattern = "[%d.]+" } },
}

local text = templates.render("{{name | upper}} {{version}}\n{{for change in changes}}\n- {{change}}\n{{end}}\n", {
  name = "shop", version = params.version, changes = { "faster checkout", "fewer errors" },
})

local notes = step "notes" (files.write { path = "build/notes/notes.txt", text = text })

-- The same files make the same archive, byte for byte.
local pack = step "pack" (files.archive {
  depends = notes, root = "build/notes", files = "notes.txt", to = "build/notes.tar.gz",
})

-- Tried again every 200 ms, for a minute at most.
local there = step "there" (health.command {
  run = { "test", "-s", pack.out.path }, interval = "200ms", retries = 300,
})

-- A check may be a function: true is yes, false not yet, nil and a reason that it never will be.
step "announce" (poll.step {
  depends = there, interval = "50ms", deadline = "1m",
  check = function(ctx, n)
    if ctx:exec({ "cat", "build/notes/notes.txt" }).lines[1] ~= "SHOP " .. params.version then
      return nil, "these are the notes of another version"
    end
    return n == 2, { checked = n }
  end,
})
