import BatonModel
import Testing

/// Gates, halting, notifications (LANGUAGE.md, section 5), sentence by sentence.
@Suite struct LanguageGates {
  private static let measures = #"""
    local t = step "t" [[
      echo '{"metric":"tests","value":100}' >> "$BATON_EVENTS"
      echo '{"metric":"failed","value":2}' >> "$BATON_EVENTS"
      echo '{"metric":"coverage","value":0.8}' >> "$BATON_EVENTS"
      echo '{"metric":"findings.critical","value":1}' >> "$BATON_EVENTS"
      echo '{"metric":"p95_ms","value":12.5}' >> "$BATON_EVENTS"
    ]]

    """#

  static let rows: [LanguageRow] = [
    LanguageRow(
      row: "`require`: metric → comparison, over what its dependencies measured",
      script: measures + """
        gate "g" { depends = t, require = {
          tests = "== 100", failed = "< 3", pass_rate = ">= 0.98", flaky_rate = "<= 0", coverage = "> 0.5", duration = "< 60",
          ["findings.critical"] = "~= 2", metric = { p95_ms = "<= baseline * 1.10" },
        } }
        """, ends: ["g": "succeeded"], says: ["with no baseline yet"]),
    LanguageRow(
      row: "`check = function(results)` → boolean, reason",
      script: measures + """
        gate "yes" { depends = t, check = function(r) return r.t.status == "succeeded" and r.metrics.pass_rate == 0.98 end }
        gate "no" { depends = t, otherwise = "warn", check = function(r) return false, "coverage is " .. r.t.metrics.coverage end }
        gate "why" { depends = t, check = function(r) return true, "counted " .. r.t.metrics.tests end }
        """, ends: ["yes": "succeeded", "no": "succeeded", "why": "succeeded"],
      says: ["refused, which only warns: coverage is 0.8", "counted 100"]),
    LanguageRow(
      row: #"`otherwise`: `"halt"` (default: nothing that has not started starts; the run ends `halted`, resumable)"#,
      script: measures + """
        local g = gate "g" { depends = t, require = { tests = "> 100" } }
        step "after" { depends = g, run = "touch ran" }
        step "unrelated" { depends = step "u" { depends = t, run = "while [ ! -e .baton ]; do :; done; sleep 0.2" }, run = "touch ran" }
        """, arguments: ["-j", "2"], code: 3, ends: ["g": "failed", "after": "skipped", "unrelated": "skipped"],
      files: ["ran": []], says: ["baton resume"]),
    LanguageRow(
      row: #"`otherwise`: `"branch"` (only what depends on the gate is skipped)"#,
      script: measures + """
        local g = gate "g" { depends = t, require = { tests = "> 100" }, otherwise = "branch" }
        step "after" { depends = g, run = "touch ran" }
        step "unrelated" { depends = t, run = "echo on" }
        """, logs: ["unrelated": "on\n"], ends: ["g": "skipped", "after": "skipped"], files: ["ran": []]),
    LanguageRow(
      row: #"`otherwise`: `"warn"`"#,
      script: measures + """
        local g = gate "g" { depends = t, require = { tests = "> 100" }, otherwise = "warn" }
        step "after" { depends = g, run = "echo on" }
        """, logs: ["after": "on\n"], says: ["tests = 100, required > 100"]),
    LanguageRow(
      row: "A gate whose metric is missing does not pass: it says what is missing",
      script: measures + "gate \"g\" { depends = t, require = { latency = \"< 1\" } }", code: 3,
      says: ["latency is missing: no step that g depends on reported it"]),
    LanguageRow(
      row: #"`halt "reason"` may be called in any `check`, `when`, `run` function"#,
      script: """
        step "a" { run = "true", when = function() halt "not on a Friday" end }
        step "b" { depends = "a", run = "touch ran" }
        """, code: 3, ends: ["b": "skipped"], files: ["ran": []], says: ["not on a Friday"]),
    LanguageRow(
      row: #"`fail "reason"` may be called in any `check`, `when`, `run` function"#,
      script: """
        step "w" { run = "touch ran", when = function() fail "w says no" end }
        step "r" { run = function() fail "r says no" end }
        gate "c" { check = function() fail "c says no" end }
        """, code: 1, ends: ["w": "failed", "r": "failed", "c": "failed"], files: ["ran": []],
      says: ["w says no", "r says no", "c says no"]),
    LanguageRow(
      row: "`notify`: `on` a list of `started, succeeded, failed, halted, waiting, recovered, retrying, finished`",
      script: """
        step "s" { run = "exit 1", retry = 1 }
        local told = command [[printf '%s\\n' "$BATON_NOTIFY_TEXT" >> "$BATON_NOTIFY_NAME.txt"]]
        for _, moment in ipairs { "started", "succeeded", "failed", "halted", "waiting", "recovered", "retrying", "finished" } do
          notify(moment) { on = moment, to = told, message = moment }
        end
        """, code: 1,
      files: [
        "started.txt": ["started"], "retrying.txt": ["retrying"], "failed.txt": ["failed"],
        "finished.txt": ["finished"],
        "succeeded.txt": [], "halted.txt": [], "waiting.txt": [], "recovered.txt": [],
      ]),
    LanguageRow(
      row: "`notify`: `on` `function(event)`; `message` a string with refs or a function",
      script: """
        local a = step "a" [[echo "v=1.2" >> "$BATON_OUTPUT"]]
        local told = command [[printf '%s\\n' "$BATON_NOTIFY_TEXT" >> "$BATON_NOTIFY_NAME.txt"]]
        notify "ref" { on = "succeeded", to = told, message = "released " .. a.out.v }
        notify "function" { on = function(e) return e.kind == "step.succeeded" and e.step == "a" end, to = told,
          message = function(e) return e.step .. " is " .. e.status end }
        """, files: ["ref.txt": ["released 1.2"], "function.txt": ["a is succeeded"]]),
    LanguageRow(
      row: "`to` one or more of `webhook, command`",
      script: """
        step "s" "true"
        notify "n" { on = "succeeded", to = { command "echo 1 >> one", command { run = { "sh", "-c", "cat > two" } } } }
        """, files: ["one": ["1"]]),
  ]

  @Test("Gates, halting, notifications", arguments: rows)
  func gate(row: LanguageRow) throws { try row.check() }

  @Test("`require`: `<= baseline * 1.10`: the median of the runs that succeeded is the baseline")
  func baseline() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      workflow "w" { params = { ms = param.number {} } }
      local t = step "t" { env = { MS = params.ms }, run = [[echo '{"metric":"p95_ms","value":'$MS'}' >> "$BATON_EVENTS"]] }
      gate "g" { depends = t, require = { ["metric.p95_ms"] = "<= baseline * 1.10" } }
      """
    ])
    // Of two runs, 100 and 109, the median is 104.5, and the bound 115; 121 is beyond it, but not by three of their spreads.
    for (value, code) in [("100", Int32(0)), ("109", 0), ("130", 3), ("121", 0)] {
      let finished = try sandbox.baton("run", "w.lua", "-p", "ms=\(value)")
      #expect(finished.code == code, "\(finished.account)")
    }
  }

  @Test("`notify`: `halted`, `recovered`")
  func recovered() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      gate "g" { check = function() return env.GOOD == "yes", "bad" end }
      step "s" { run = "test -e good" }
      notify "n" { on = { "halted", "recovered" }, to = command "echo $BATON_NOTIFY_KEY >> told" }
      """
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 3)
    try sandbox.write("good", "")
    #expect(try sandbox.baton("run", "w.lua", env: ["GOOD": "yes"]).code == 0)
    let told = sandbox.lines("told")
    #expect(
      told.count == 2 && told.first?.contains("/halted/") == true && told.last?.contains("/recovered/") == true,
      "\(told)")
  }

  @Test("`to`: `webhook`: sent at least once, with retries; the receiver can tell repetitions by their key")
  func webhook() throws {
    let sandbox = try Sandbox([
      "server.py": """
      import http.server, sys
      class Receiver(http.server.BaseHTTPRequestHandler):
        count = 0
        def do_POST(self):
          body = self.rfile.read(int(self.headers["Content-Length"])).decode()
          Receiver.count += 1
          with open("requests", "a") as file: file.write(self.headers["Idempotency-Key"] + " " + body.replace("\\n", " ") + "\\n")
          self.send_response(503 if Receiver.count == 1 else 200)
          self.end_headers()
        def log_message(self, *words): pass
      server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
      with open("port.new", "w") as file: file.write(str(server.server_port))
      import os; os.rename("port.new", "port")
      server.serve_forever()
      """,
      "w.lua": """
      workflow "w" { params = { port = param.string {} } }
      step "s" "test -e good"
      notify "n" { on = "finished", to = webhook { url = "http://127.0.0.1:" .. params.port .. "/hook" }, message = "all told" }
      """,
    ])
    let server = try ChildProcess(
      ["python3", "server.py"], in: sandbox.folder, environment: sandbox.environment, scratch: sandbox.scratch)
    try sandbox.wait("the receiver listens") { sandbox.read("port") != nil }
    let port = sandbox.read("port") ?? ""
    #expect(try sandbox.baton("run", "w.lua", "-p", "port=\(port)").code == 1)
    let first = sandbox.lines("requests")
    #expect(first.count == 2 && first.first == first.last, "the same again behind a 503: \(first)")
    #expect(first.first?.contains("all told") == true, "\(first)")
    try sandbox.write("good", "")
    #expect(try sandbox.baton("resume").code == 0)
    let keys = sandbox.lines("requests").map { $0.prefix { $0 != " " } }
    #expect(keys.count == 3 && keys[0] == keys[1] && keys[2] != keys[0], "another end is another message: \(keys)")
    server.send(9)
  }
}
