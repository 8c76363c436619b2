-- Builds and tests a small C program as a build system would: each object is made again only when a file that it comes
-- from has changed, and is brought back from the cache when it was deleted.
--
--   baton run build-c.lua
--   touch build-c/greet.c; baton run build-c.lua      nothing changed: every object is cached
--   baton run build-c.lua -p flags="-O0 -g"           another key: everything is compiled again

workflow "build-c" {
  description = "Compiles, links and tests a C program",
  params = { flags = param.string { default = "-O2 -Wall -Wextra -Werror" } },
}

local tools = { CC = env.CC or "cc", CFLAGS = params.flags }

local objects = matrix "compile" {
  axes = { unit = { "greet", "main" } },
  step = function(cell)
    local source = "build-c/" .. cell.unit .. ".c"
    local object = "build/c/" .. cell.unit .. ".o"
    return {
      env = tools,
      run = "mkdir -p build/c && $CC $CFLAGS -c " .. source .. " -o " .. object,
      inputs = { source, "build-c/*.h" },
      outputs = { object },
    }
  end,
}

local link = step "link" {
  depends = objects,
  env = tools,
  run = "$CC $CFLAGS build/c/*.o -o build/c/greet",
  inputs = { "build/c/*.o" },
  outputs = { "build/c/greet" },
}

step "test" {
  depends = link,
  run = [[test "$(build/c/greet Ada)" = "Hello, Ada!"]],
  timeout = "10s",
}
