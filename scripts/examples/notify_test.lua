-- baton test notify_test.lua

describe("notify", function()
  local function names(run)
    local list = {}
    for _, message in ipairs(run.notifications) do list[#list + 1] = message.name .. ": " .. message.event end
    return list
  end

  it("writes to the log how the run went", function()
    local run = simulate {}
    assert.same({ "log: run.succeeded" }, names(run))
    assert.contains("notify succeeded", run.notifications[1].message)
  end)

  it("tells the chat where there is one, without its address in the message", function()
    local run = simulate {
      env = { CHAT_WEBHOOK = "set" },
      secrets = { CHAT_WEBHOOK = "https://chat.example/hooks/1" },
      steps = { work = { out = { items = 42 } } },
    }
    assert.same({ "log: run.succeeded", "chat: run.succeeded" }, names(run))
    assert.equal("processed 42 items", run.notifications[2].message)
    assert.equal("https://chat.example/hooks/1", run.notifications[2].settings.url)
  end)

  it("gathers retries and failures for a mail, and signs what it posts", function()
    local run = simulate {
      params = { fail = true }, steps = { work = 1 },
      env = { MAIL_PASSWORD = "set", CHAT_WEBHOOK = "set", CHAT_KEY = "set" },
      secrets = { MAIL_PASSWORD = "pa55word", CHAT_WEBHOOK = "https://chat.example/1", CHAT_KEY = "k3y" },
    }
    local mail ---@type baton.SimulatedMessage
    for _, notification in ipairs(run.notifications) do
      if notification.name == "owners" then mail = notification end
    end
    assert.equal("email", mail.channel)
    assert.equal("pa55word", mail.settings.password)
    assert.contains("work: exit code 1", mail.message)
    assert.contains("baton resume", mail.message)
  end)

  it("opens incidents and issues by their causes, and says what recovered", function()
    local env = { PAGERDUTY_KEY = "set", JIRA_TOKEN = "set" }
    local secrets = { PAGERDUTY_KEY = "k", JIRA_TOKEN = "t" }
    local run = simulate { env = env, secrets = secrets, steps = { work = 1 } }
    assert.same({ "log: run.failed", "on-call: run.failed", "issues: run.failed" }, names(run))
  end)

  it("tells of a failure, and of the recovery behind it", function()
    assert.same({ "log: run.failed" }, names(simulate { steps = { work = 1 } }))
    assert.same({ "log: run.succeeded", "log: run.recovered" }, names(simulate { previous = "failed" }))
  end)

  it("fails when it is asked to", function()
    assert.equal("exit 1", simulate({ params = { fail = true } }).steps.work.command)
  end)
end)
