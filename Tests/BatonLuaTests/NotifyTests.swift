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
          test.lua:5:5: error: notify "odd": webhook has no setting "uri"
            did you mean "url"?
          test.lua:5:5: error: notify "odd": webhook needs "url"
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
