import BatonModel
import Testing

/// Durable bodies (LANGUAGE.md, section 6), row by row and sentence by sentence.
@Suite struct LanguageBodies {
  /// A body, and what it logs; `ends` and `files` as in every row.
  private static func row(
    _ row: String, _ body: String, says lines: [String] = [], around: String = "", code: Int32 = 0,
    ends: [String: String] = [:], attempts: [String: Int] = [:], files: [String: [String]] = [:], told: [String] = []
  ) -> LanguageRow {
    LanguageRow(
      row: row, script: "\(around)\nstep \"b\" { function(ctx)\n\(body)\nend }", code: code,
      logs: lines.isEmpty ? [:] : ["b": lines.map { $0 + "\n" }.joined()], ends: ends, attempts: attempts, files: files,
      says: told)
  }

  static let operations: [LanguageRow] = [
    row(
      "`ctx:step(name) {spec}`: a child step (everything that section 3 offers); returns its result, raises on failure",
      """
      local ok = ctx:step "good" { run = 'echo v=7 >> "$BATON_OUTPUT"', env = { A = "1" }, retry = 1 }
      local fine, err = pcall(function() ctx:step "bad" { run = "exit 4", retry = { attempts = 2 } } end)
      ctx:log(ok.status, ok.out.v, fine, err.status, err.code, err.attempts, err.step)
      """, says: ["succeeded\t7\tfalse\tfailed\t4\t2\tb/bad"], ends: ["b/good": "succeeded", "b/bad": "failed"],
      attempts: ["b/bad": 2]),
    row(
      "`ctx:sh(command)`, `ctx:exec{…}`: an unnamed child step, output captured: `.text`, `.lines`, `.json()`, `.code`",
      """
      local sh = ctx:sh "printf 'a\\\\nb\\\\n'"
      local exec = ctx:exec { "echo", '{"k":[1,2]}' }
      ctx:log(sh.text, #sh.lines, sh.lines[2], sh.code, exec.json().k[2])
      """, says: ["a", "b\t2\tb\t0\t2"], ends: ["b/sh-1": "succeeded", "b/exec-1": "succeeded"]),
    row(
      "`ctx:start(name) {spec}` → future; `ctx:all{…}`, `ctx:any{…}`: several at once",
      """
      local slow = ctx:start "slow" { run = "sleep 1000" }
      local quick = ctx:start "quick" { run = 'echo v=q >> "$BATON_OUTPUT"' }
      local first, which = ctx:any { s = slow, q = quick }
      local both = ctx:all { x = ctx:start "x" { run = 'echo v=x >> "$BATON_OUTPUT"' }, ctx:start "y" { run = "true" } }
      ctx:log(which, first.out.v, both.x.out.v, both[1].step)
      """, says: ["q\tq\tx\tb/y"], ends: ["b/slow": "cancelled", "b/quick": "succeeded"]),
    row(
      "`ctx:map(list, function(item, i) return name, spec end, { max = 8 })`: fan-out over a list, nested at will",
      """
      local found = ctx:map({ "u", "v" }, function(item, i)
        return item, { function(inner)
          local names = inner:map({ 1, 2 }, function(n) return "n" .. n, { run = "echo " .. item .. n .. " >> side" } end,
            { max = 1 })
          return { n = #names, i = i }
        end }
      end, { max = 1 })
      ctx:log(#found, found[2].out.n, found[2].out.i)
      """, says: ["2\t2\t2"], ends: ["b/u/n1": "succeeded", "b/v/n2": "succeeded"],
      files: ["side": ["u1", "u2", "v1", "v2"]]),
    row(
      "`ctx:map(list, function(item, i) return name, spec end, { max = 8 })`: a bad name is told as the map's",
      "ctx:map({ 1 }, function() return \"bad name\", { run = \"true\" } end)", code: 1, ends: ["b": "failed"],
      told: ["w.lua:3: ctx:map: a name is made of A-Z a-z 0-9 _ . -, \"bad name\" is not"]),
    row(
      "`ctx:sleep(d)`, `ctx:sleep_until(t)`: durable timers",
      """
      local before = ctx:now()
      ctx:sleep "1.1s"
      ctx:sleep_until(ctx:now() + 1)
      ctx:sleep_until "2001-01-01T00:00:00Z"
      ctx:log(ctx:now() - before >= 2)
      """, says: ["true"], told: ["sleeps for 1.1s"]),
    row(
      "`ctx:signal(name, { timeout = d })`: waits for `baton signal RUN name --json …`",
      """
      ctx:log(ctx:signal("never", { timeout = "50ms" }))
      ctx:sh [[ "$BATON" signal "$BATON_RUN" go --json '{"n":[5]}' ]]
      ctx:log(ctx:signal("go").n[1])
      """, says: ["nil", "5"], told: ["waits for the signal never"]),
    row(
      "`ctx:approval{…}`: as a gate's",
      """
      local silence = ctx:approval { by = { "ann" }, timeout = "50ms", name = "ship" }
      ctx:log(silence.approved, silence.reason)
      local asked = ctx:start "answer" {
        run = 'until "$BATON" approve "$BATON_RUN" b/approval-1 --as ann --field n=3 --reason fine; do sleep 0.05; done',
      }
      local answer = ctx:approval { by = { "ann" }, form = { n = param.integer {} } }
      asked:await()
      ctx:log(answer.approved, answer.out.n + 1)
      """, says: ["false\trefused: not approved within 50ms", "true\t4"], ends: ["b/ship": "skipped"]),
    row(
      "`ctx:call(file, params)`: a sub-workflow",
      """
      if params.n > 0 then ctx:log(ctx:call("w.lua", { n = params.n - 1 }).out.b.n) end
      return { n = params.n }
      """, says: ["0"], around: "workflow \"w\" { params = { n = param.integer { default = 1 } } }"),
    row(
      "`ctx:effect(name, function() … end)`: any other side effect, its result recorded",
      """
      ctx:log(ctx:effect("once", function() return { list = { 1, 2 }, text = "t" } end).list[2])
      ctx:log(pcall(function() ctx:effect("raises", function() error("no", 0) end) end))
      """, says: ["2", "false\tno"]),
    row(
      "`ctx:http{…}`: a recorded request with timeout and retry",
      """
      ctx:start "server" { run = { "python3", "server.py" } }
      local port = ctx:sh("until test -s port; do sleep 0.02; done; cat port").text
      local url = "http://127.0.0.1:" .. port
      local got = ctx:http { url = url .. "/echo", headers = { ["X-A"] = "b" } }
      ctx:log(got.status, got.ok, got.json().path, got.json().header, got.headers["x-answer"])
      local sent = ctx:http { url = url .. "/echo", json = { k = { 1, 2 } } }
      ctx:log(sent.json().method, sent.json().body, sent.json().key ~= "")
      ctx:log(ctx:http { url = url .. "/missing" }.status)
      ctx:log(ctx:http { url = url .. "/flaky", retry = { attempts = 3, backoff = "10ms" } }.text)
      local _, broken = pcall(function() ctx:http { url = url .. "/broken", retry = { attempts = 1 } } end)
      local _, slow = pcall(function() ctx:http { url = url .. "/slow", timeout = "200ms", retry = { attempts = 1 } } end)
      ctx:log((tostring(broken):gsub(port, "PORT")))
      ctx:log((tostring(slow)))
      ctx:http { url = url .. "/end", method = "DELETE" }
      """,
      says: [
        "200\ttrue\t/echo\tb\tyes", "POST\t{\"k\":[1,2]}\ttrue", "404", "third time lucky",
        "w.lua:12: b/http-5 failed: HTTP 503 from GET http://127.0.0.1:PORT",
        "w.lua:13: b/http-6 failed: timed out",
      ], ends: ["b/http-1": "succeeded", "b/server": "succeeded"], attempts: ["b/http-4": 3]),
    row(
      "`ctx:now()`, `ctx:random()`, `ctx:uuid()`: recorded observations (`os.time`, `math.random` go to these by themselves)",
      """
      ctx:log(ctx:now() > 1700000000, os.time() >= ctx:now() - 1, ctx:random() < 1, math.random(6) <= 6, #ctx:uuid())
      """, says: ["true\ttrue\ttrue\ttrue\t36"]),
    row(
      "`ctx:undo(function or spec)`: registers a compensation, run newest first if the body fails",
      """
      ctx:undo "echo spec >> side"
      ctx:undo(function(undo) undo:step "deep" { run = "echo function >> side" } end)
      ctx:undo { run = { "sh", "-c", "echo fields >> side" } }
      ctx:fail "enough"
      """, code: 1, ends: ["b": "failed", "b/undo-2/deep": "succeeded"],
      files: ["side": ["fields", "function", "spec"]], told: ["enough; undone"]),
    row(
      "`ctx:output(k, v)`, `ctx:metric(k, v)`, `ctx:log(…)`, `ctx:progress(f, text)`, `ctx:artifact(path)`: reports",
      """
      ctx:output("k", { 1, 2 })
      ctx:metric("p95", 12.5)
      ctx:log("a", 1, nil, true)
      ctx:progress(0.5, "half")
      ctx:artifact "made.txt"
      ctx:sh "echo made > made.txt"
      """, says: ["a\t1\tnil\ttrue"],
      around: """
        step "use" { depends = "b", run = function(deps) return "echo " .. deps.b.out.k[2] .. " >> side" end }
        gate "fast" { depends = "b", require = { ["metric.p95"] = "<= 12.5" } }
        """, ends: ["fast": "succeeded"], files: ["side": ["2"]]),
    row(
      "`ctx:halt(reason)`: ends the run",
      "ctx:halt \"canary failed\"", around: "step \"next\" { depends = \"b\", run = \"echo next >> side\" }", code: 3,
      ends: ["next": "skipped"], files: ["side": []], told: ["canary failed"]),
    row(
      "`ctx:fail(reason)`: ends the step",
      "ctx:fail \"no luck\"",
      around: "step \"other\" { depends = \"b\", when = \"failed\", run = \"echo on >> side\" }",
      code: 1, ends: ["b": "failed", "other": "succeeded"], files: ["side": ["on"]], told: ["no luck"]),
  ]

  static let sentences: [LanguageRow] = [
    row(
      "A body is ordinary Lua in a coroutine: loops, locals, `pcall`, modules",
      """
      local sum = 0
      for i = 1, 3 do sum = sum + tonumber(ctx:sh("echo " .. i).text) end
      local co = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end)
      ctx:log(sum, co() + co(), select("#", pcall(error, "x")))
      """, says: ["6\t3\t2"]),
    row(
      "a yield where Lua cannot yield (in a `table.sort` comparator) gives an error that says what to do",
      """
      local ok, err = pcall(table.sort, { 3, 1, 2 }, function(a, b) ctx:sleep(0) return a < b end)
      ctx:log(ok, err)
      table.sort({ 3, 1, 2 }, function(a, b) return ctx:random() and a < b end)
      """,
      says: [
        "false\tw.lua:3: ctx:sleep can't wait here, inside a function that Lua itself calls (table.sort, string.gsub, "
          + "a metamethod): call it before, and use its result there"
      ]),
    row(
      "`pairs` visits keys in sorted order in every script",
      """
      local t, seen = {}, {}
      for _, k in ipairs { "delta", "alpha", "charlie", "bravo" } do t[k] = true end
      t[2], t[1], t[1.5] = true, true, true
      for k in pairs(t) do seen[#seen + 1] = tostring(k) end
      ctx:log(table.concat(seen, " "))
      """, says: ["1 1.5 2 alpha bravo charlie delta"]),
    row(
      "`string.dump`, `os.exit`, `io`, `debug`, C modules and binary chunks are not there",
      """
      for _, path in ipairs { "io", "debug", "package" } do ctx:log(path, (pcall(function() return _ENV[path].x end))) end
      ctx:log(string.dump, os.exit, os.execute, load("\\27Lua"))
      """,
      says: [
        "io\tfalse", "debug\tfalse", "package\tfalse",
        "nil\tnil\tnil\tnil\tattempt to load a binary chunk (mode is 't')",
      ]),
    LanguageRow(
      row: "An endless loop is interrupted (a step's `timeout` holds for Lua too)",
      script: "step \"b\" { timeout = \"300ms\", function(ctx) while true do end end }", code: 1, ends: ["b": "failed"]),
    row(
      "memory is bounded", "local t = {} for i = 1, 1e9 do t[i] = (\"x\"):rep(1e6) .. i end", code: 1,
      ends: ["b": "failed"], told: ["memory"]),
    row(
      "a map in a map in a matrix, thousands of children: a fan-out of two thousand",
      """
      local list = {}
      for i = 1, 2000 do list[i] = i end
      local total = 0
      for _, one in ipairs(ctx:map(list, function(i) return "n" .. i, { function() return { i = i } end } end)) do
        total = total + one.out.i
      end
      ctx:log(total)
      """, says: ["2001000"]),
    row(
      "`undo` of a child step: run newest first if the body fails, of those that succeeded",
      """
      ctx:step "a" { run = "echo v=A >> $BATON_OUTPUT", undo = "echo undo a >> side" }
      local f = ctx:start "b" { run = "true", undo = { "sh", "-c", "echo undo b >> side" } }
      f:await()
      ctx:step "c" { run = "exit 1", undo = "echo undo c >> side" }
      """, code: 1, ends: ["b/a": "undone", "b/b": "undone", "b/c": "failed"], files: ["side": ["undo b", "undo a"]]),
    row(
      "`undo` of a child step is not run when the body succeeds",
      "ctx:step \"a\" { run = \"true\", undo = \"echo undo a >> side\" }", ends: ["b/a": "succeeded"],
      files: ["side": []]),
  ]

  @Test("Operations of durable bodies", arguments: operations)
  func operation(row: LanguageRow) throws { try row.check(with: Self.others) }

  @Test("Durable bodies", arguments: sentences)
  func sentence(row: LanguageRow) throws { try row.check(with: Self.others) }

  private static let others = [
    "server.py": """
    import http.server, json, threading
    tries = {"n": 0}
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *a): pass
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, text = 200, ""
            if self.path == "/echo":
                text = json.dumps({"path": self.path, "method": self.command, "header": self.headers.get("X-A"),
                                   "body": body, "key": self.headers.get("Idempotency-Key") or ""})
            elif self.path == "/missing": status = 404
            elif self.path == "/broken": status = 503
            elif self.path == "/slow": threading.Event().wait(3)
            elif self.path == "/flaky":
                tries["n"] += 1
                status, text = (200, "third time lucky") if tries["n"] == 3 else (500, "not yet")
            self.send_response(status)
            self.send_header("X-Answer", "yes")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
            if self.path == "/end": threading.Thread(target=server.shutdown).start()
        do_GET = do_POST = do_DELETE = answer
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    open("port.new", "w").write(str(server.server_port))
    __import__("os").rename("port.new", "port")
    server.serve_forever()
    """
  ]
}
