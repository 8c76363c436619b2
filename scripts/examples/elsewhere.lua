-- The same test in several places: here, in a container, and on another host. A container shares the project's files; a
-- host gets what the step declares as inputs, and gives back its outputs.
--
--   baton run elsewhere.lua -p image=docker.io/library/alpine:3 -p host=ci@build1

workflow "elsewhere" {
  description = "Tests a script here, in a container and on another host",
  params = {
    image  = param.string { default = "", description = "Of the container; none: no test in one" },
    host   = param.string { default = "", description = "That ssh reaches; none: no test on one" },
    config = param.string { default = "", description = "For ssh, in place of ~/.ssh/config" },
  },
}

local places = { here = "local" }
if params.image ~= "" then
  places.container = container { image = params.image, network = "none", pids = 100 }
end
if params.host ~= "" then
  places.host = ssh { host = params.host, config = params.config ~= "" and params.config or nil }
end

local names = {}
for name in pairs(places) do names[#names + 1] = name end

local test = matrix "test" {
  axes = { place = names },
  step = function(cell)
    local report = "build/elsewhere/" .. cell.place .. ".txt"
    return {
      run       = "mkdir -p build/elsewhere && sh elsewhere/count.sh elsewhere/words.txt > " .. report,
      executor  = places[cell.place],
      resources = { cpu = 1, memory = "256M" },
      inputs    = "elsewhere/*",
      outputs   = report,
      cache     = false,  -- it is about the place, not about the files
      timeout   = "1m",
    }
  end,
}

-- All of them must have found the same.
step "compare" {
  depends = test,
  run = [[
    sort -u build/elsewhere/*.txt
    test "$(cat build/elsewhere/*.txt | sort -u | wc -l)" -eq 1
  ]],
}
