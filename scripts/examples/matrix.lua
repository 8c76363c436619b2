-- Three kinds of matrix: cells known from the start, a matrix in a matrix, and cells that a step finds out.
--
--   baton plan matrix.lua      shows the cells that are known now

workflow "matrix" { description = "Static, nested and dynamic matrices" }

-- Every pair but one, and one more with a setting of its own; at most two at once.
matrix "browser" {
  axes = { browser = { "chrome", "firefox" }, os = { "linux", "mac" } },
  exclude = { { browser = "firefox", os = "mac" } },
  include = { { browser = "chrome", os = "linux", headless = "yes" } },
  max = 2,
  step = {
    env = { BROWSER = cell.browser, SYSTEM = cell.os },
    run = [[echo "$BROWSER on $SYSTEM"]],
  },
}

-- The function may return a group: here each service has shards of its own.
local shards = { api = 3, web = 2 }

matrix "service" {
  axes = { name = { "api", "web" } },
  step = function(service)
    local numbers = {}
    for number = 1, shards[service.name] do numbers[number] = number end
    return matrix "shard" {
      axes = { number = numbers },
      step = function(shard)
        return { run = { "echo", service.name, "shard", tostring(shard.number), "of", tostring(#numbers) } }
      end,
    }
  end,
}

-- The list is known when `find` has run; then the cells are made.
local find = step "find" { run = [[echo '{"files":["a.txt","b.txt","c.txt"]}' >> "$BATON_OUTPUT"]] }

local check = matrix "check" {
  axes = { file = find.out.files },
  step = function(cell) return { run = { "echo", "checking", cell.file } } end,
}

step "done" { depends = check, run = "echo every file was checked" }
