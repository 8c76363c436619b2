import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md, section 5: notifications.
@Suite struct NotifyTests {
  @Test("primitive: notify with moments, channels and a message") func notify() throws {
    let script = try Lua.load(
      """
      local a = step "a" { run = "true" }
      notify "team" {
        on = { "failed", "recovered", "failed" },
        to = {
          webhook { url = secret "HOOK", method = "PUT", headers = { ["X-Team"] = "core" }, body = { text = a.out.x } },
          command { run = { "notify-send", "done" } }, command "logger done", webhook "http://localhost/x",
        },
        message = "version " .. a.out.version,
      }
      """)
    let found = try #require(script.plan.notifications.first)
    #expect(found.name == "team")
    #expect(found.place == SourcePlace(file: "test.lua", line: 2))
    #expect(found.on == .moments([.failed, .recovered]))
    #expect(found.to.map(\.channel) == ["webhook", "command", "command", "webhook"])
    #expect(
      found.to[0].settings == [
        "url": .secret("HOOK"), "method": .literal("PUT"), "headers": .table(["X-Team": .literal("core")]),
        "body": .table(["text": .ref(Ref(step: "a", path: [.name("x")]))]),
      ])
    #expect(found.to[1].settings == ["run": .list([.literal("notify-send"), .literal("done")])])
    #expect(found.to[2].settings == ["run": .literal("logger done")])
    #expect(found.to[3].settings == ["url": .literal("http://localhost/x")])
    #expect(
      found.message
        == .text(.dynamic(.concat([.literal("version "), .ref(Ref(step: "a", path: [.name("version")]))]))))
  }

  @Test(
    "notify: every moment is known",
    arguments: ["started", "succeeded", "failed", "halted", "waiting", "recovered", "retrying", "finished"])
  func moments(moment: String) throws {
    let script = try Lua.load("notify \"n\" { on = \"\(moment)\", to = command \"true\" }")
    #expect(script.plan.notifications.first?.on == .moments([try #require(NotificationSpec.Moment(rawValue: moment))]))
    #expect(script.plan.notifications.first?.message == .standard)
  }

  @Test("notify: on and message may be functions of the event") func functions() throws {
    let script = try Lua.load(
      """
      notify "n" {
        on = function(event) return event.kind == "failed" end, to = command "true",
        message = function(event) return "it " .. event.kind end,
      }
      """)
    let found = try #require(script.plan.notifications.first)
    guard case .callback(let on) = found.on, case .callback(let message) = found.message else {
      Issue.record("no callbacks")
      return
    }
    let event: Value = ["kind": "failed"]
    #expect(script.call(on, [event], limit: Span(seconds: 1)) == .returned([true]))
    #expect(script.call(message, [event], limit: Span(seconds: 1)) == .returned(["it failed"]))
  }

  @Test("primitive: slack, teams, discord, email, pagerduty and jira, with title, digest, rate and scope")
  func channels()
    throws
  {
    let script = try Lua.load(
      """
      local a = step "a" { run = "true" }
      notify "team" {
        on = { "failed", "recovered" },
        to = {
          slack { token = secret "SLACK", channel = "#" .. a.out.channel, mention = { "here", "U1" } },
          slack "https://hooks.slack.com/services/x", teams { url = secret "TEAMS" }, discord (secret "DISCORD"),
          email { server = "mail.example.com", from = "b@example.com", to = { "a@example.com", a.out.owner }, tls = "tls" },
          pagerduty { key = secret "PD", severity = "error" },
          jira { url = "https://x.atlassian.net", project = "CI", token = secret "JIRA", fields = { priority = { name = "High" } } },
        },
        title = "release " .. a.out.version,
        digest = "10m", rate = "5/1h", scope = "project",
      }
      """)
    let found = try #require(script.plan.notifications.first)
    #expect(found.to.map(\.channel) == ["slack", "slack", "teams", "discord", "email", "pagerduty", "jira"])
    #expect(
      found.to[0].settings["channel"] == .concat([.literal("#"), .ref(Ref(step: "a", path: [.name("channel")]))]))
    #expect(found.to[0].settings["mention"] == .list([.literal("here"), .literal("U1")]))
    #expect(found.to[3].settings == ["url": .secret("DISCORD")])
    #expect(found.to[6].settings["fields"] == .literal(["priority": ["name": "High"]]))
    #expect(
      found.title == .text(.dynamic(.concat([.literal("release "), .ref(Ref(step: "a", path: [.name("version")]))]))))
    #expect(found.digest == Span(seconds: 600))
    #expect(found.rate == NotificationSpec.Rate(count: 5, per: Span(seconds: 3600)))
    #expect(found.scope == .project)
  }

  @Test("mistakes in channels, digests and rates") func channelMistakes() {
    #expect(
      Lua.mistakes(
        """
        notify "odd" {
          on = "failed",
          to = {
            slack { tokn = "x", channel = "c" },
            email { server = "s", from = "f", to = { "a", {} },
              tls = "startls" },
            pagerduty { key = function() end },
            jira "https://x",
            discord {},
          },
          digest = "soon", rate = "5 an hour",
          scope = "projct",
        }
        notify "alone" { on = "failed", to = command "true", scope = "project" }
        """)
          == """
          test.lua:4:5: error: notify "odd": slack needs "token"
          test.lua:4:13: error: notify "odd": slack has no setting "tokn"
            did you mean "token"?
          test.lua:5:51: error: notify "odd": "to[2].to[2]" must be a string, not a table
          test.lua:6:7: error: notify "odd": tls of email must be "starttls", "tls" or "none", not "startls"
            did you mean "starttls"?
          test.lua:7:17: error: notify "odd": "to[3].key" must be a string, not a function
          test.lua:8:5: error: notify "odd": jira takes a table such as { url = … }, not a string
          test.lua:9:5: error: notify "odd": discord needs "url"
          test.lua:11:3: error: notify "odd": "digest" must be a duration such as "90s" or "1h30m", not "soon"
          test.lua:11:20: error: notify "odd": "rate" must be how many messages in how long, such as "5/1h", not "5 an hour"
          test.lua:12:3: error: notify "odd": "scope" must be "run" or "project", not "projct"
            did you mean "project"?
          test.lua:14:54: error: notify "alone": "scope" says over what "digest" and "rate" are reckoned, and there is neither
            such as rate = "1/8h"
          """)
  }

  @Test("mistakes in a notification") func mistakes() {
    #expect(
      Lua.mistakes(
        """
        notify "none" {}
        notify "odd" {
          on = "fails",
          to = {
            webhook { uri = "http://x" },
            "mail",
            command {},
          },
          messages = "x",
        }
        notify "odd" { on = "failed", to = command "true", message = "v " .. depends("nowhere", {}).out.v }
        """)
          == """
          test.lua:1: error: notify "none": "on" is missing
            such as on = { "failed", "recovered" }
          test.lua:1: error: notify "none": "to" is missing
            such as to = command "notify-send"
          test.lua:3:3: error: notify "odd": "on" must be "started", "succeeded", "failed", "halted", "waiting", "recovered", "retrying" or "finished", not "fails"
            did you mean "failed"?
          test.lua:5:5: error: notify "odd": webhook needs "url"
          test.lua:5:15: error: notify "odd": webhook has no setting "uri"
            did you mean "url"?
          test.lua:6:5: error: notify "odd": "to[2]" must be a channel such as webhook { url = … }, or a list of them, not "mail"
          test.lua:7:5: error: notify "odd": command needs "run"
          test.lua:9:3: error: notify "odd": there is no field "messages"
            did you mean "message"?
          test.lua:11: error: notify "odd" is declared twice
            the first is at test.lua:2
          test.lua:11: error: depends "nowhere": there is no step, gate or group "nowhere"
          """)
  }
}
