-- How every service of the shop is released.

local release = {}

-- Declares the steps that release a service, one after the other; returns their group.
function release.service(options)
  local name, version = options.name, options.version
  return sequence(name) {
    step(name .. "-build") { run = { "echo", "building", name, version } },
    {
      step(name .. "-lint") { run = { "echo", "checking the style of", name } },
      step(name .. "-test") { run = { "echo", "testing", name }, timeout = "5m" },
    },
    step(name .. "-deploy") { run = { "echo", "deploying", name, version }, retry = 2, mutex = "deploy" },
  }
end

return release
