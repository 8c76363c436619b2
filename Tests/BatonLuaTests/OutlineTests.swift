import BatonCore
import BatonLua
import BatonModel
import BatonReport
import Testing

/// What bodies would do, found without doing it.
@Suite struct OutlineTests {
  private func outlines(_ source: String, onPrint: @escaping (String) -> Void = { _ in }) throws -> [BodyOutline] {
    var request = Lua.request(source)
    request.onPrint = onPrint
    do throws(Diagnostics) {
      let script = try Script.load(request)
      let found = Script.outlines(of: script, request: request, clock: { Instant(nanoseconds: 0) })
      return found.sorted { $0.key < $1.key }.map(\.value)
    } catch {
      throw Lua.Failure(text: error.text)
    }
  }

  private func lines(_ body: String, before: String = "") throws -> String {
    let outline = try #require(try outlines("\(before) step \"roll\" { function(ctx)\n\(body)\nend }").first)
    return OutlineText.lines(outline).joined(separator: "\n")
  }

  @Test func `loops over known lists are unrolled, and unknown results stand in what is made of them`() throws {
    let text = try lines(
      """
      local version = ctx:sh("git describe").text
      for i, region in ipairs { "eu", "us" } do
        ctx:step("deploy-" .. region) { run = { "deploy", region, version, i } }
        ctx:sleep "10m"
      end
      """)
    #expect(
      text == """
        sh-1  git describe
        deploy-eu  deploy eu ${sh-1.text} 1
        sleep  10m
        deploy-us  deploy us ${sh-1.text} 2
        sleep  10m
        """)
  }

  @Test func `parameters and refs of other steps are what they are`() throws {
    let text = try lines(
      #"if params.ship then ctx:sh("ship " .. build.out.version) end"#,
      before: """
        workflow "w" { params = { ship = param.boolean { default = true } } }
        local build = step "build" { run = "true" }
        """)
    #expect(text == "sh-1  ship ${build.out.version}")
  }

  @Test func `a branch on an unknown result is shown as alternatives, and what ends stands aside`() throws {
    let text = try lines(
      """
      for _, region in ipairs { "eu", "us" } do
        if ctx:step("canary-" .. region) { run = "canary" }.out.errors > 0.01 then
          ctx:halt("canary failed in " .. region)
        end
      end
      if ctx:signal("go").how == "fast" then ctx:sh "fast" else ctx:sh "slow" end
      ctx:sh "last"
      """)
    #expect(
      text == """
        canary-eu  canary
        if canary-eu.out.errors > 0.01  line 3
          halts: canary failed in eu
        canary-us  canary
        if canary-us.out.errors > 0.01  line 3
          halts: canary failed in us
        signal go
        if signal go.how == "fast"  line 7
          sh-1  fast
        otherwise
          sh-1  slow
        sh-2  last
        """)
  }

  @Test func `truth, not, and, or of unknown values are seen`() throws {
    let text = try lines(
      """
      local answer = ctx:signal "go"
      if not answer then ctx:sh "none" end
      local who = answer and answer.by or "nobody"
      ctx:sh("mail " .. who)
      """)
    #expect(
      text == """
        signal go
        if signal go  line 3
          if signal go.by  line 4
            sh-1  mail ${signal go.by}
          otherwise
            sh-1  mail nobody
        otherwise
          sh-1  none
          sh-2  mail nobody
        """)
  }

  @Test func `what was found out stays so on the same way`() throws {
    let text = try lines(
      """
      local answer = ctx:signal "go"
      if answer == "a" then ctx:sh "a" end
      if answer == "b" then ctx:sh "b" end
      """)
    #expect(
      text == """
        signal go
        if signal go == "a"  line 3
          sh-1  a
        otherwise
          if signal go == "b"  line 4
            sh-1  b
        """)
  }

  @Test func `a loop of which nobody knows how often it goes round is shown once`() throws {
    let text = try lines(
      """
      local done = false
      while not done do done = ctx:sh("poll").text == "yes" end
      repeat ctx:sleep "1h" until ctx:sh("check").code == 0
      for _, line in ipairs(ctx:sh("ls").lines) do ctx:step("check-" .. line) { run = { "check", line } } end
      for i = 1, ctx:sh("count").code do ctx:sh("shard " .. i) end
      """)
    #expect(
      text == """
        repeats: while not done  line 3
          sh-1  poll
        repeats: until ctx:sh("check").code == 0  line 4
          sleep  1h
          sh-2  check
        sh-3  ls
        repeats: for each of sh-3.lines  line 5
          check-${each of sh-3.lines}  check ${each of sh-3.lines}
        sh-4  count
        repeats: for each up to sh-4.code  line 6
          sh-5  shard ${number up to sh-4.code}
        """)
  }

  @Test func `a loop without an end is cut, and what leaves it leads on`() throws {
    let text = try lines(
      """
      while true do
        if ctx:signal("word").stop then break end
        ctx:sh "again"
      end
      ctx:sh "after"
      """)
    #expect(
      text == """
        repeats: while true  line 2
          signal word
          if signal word.stop  line 3
            leaves the loop
          sh-1  again
        sh-1  after
        """)
  }

  @Test func `where pcall catches a failure, both ways are shown`() throws {
    let text = try lines(
      """
      ctx:step "safe" { run = "true" }
      if not pcall(function() ctx:step "risky" { run = "false" } ctx:sh "then" end) then
        ctx:step "mend" { run = "true" }
      end
      ctx:sh "last"
      """)
    #expect(
      text == """
        safe  true
        risky  false
        if risky fails  line 3
          mend  true
          sh-1  last
        otherwise
          sh-1  then
          if sh-1 fails  line 3
            mend  true
          sh-2  last
        """)
  }

  @Test func `bodies in bodies, maps and futures stand below what asks for them`() throws {
    let text = try lines(
      """
      local first = ctx:start("a", { run = "a" })
      ctx:all { first, ctx:start("b", { run = "b" }) }
      ctx:map({ "x", "y" }, function(item) return "do-" .. item, { run = { "do", item } } end, { max = 2 })
      ctx:map(ctx:sh("ls").lines, function(item) return item, { function(inner) inner:sh("cat " .. item) end } end)
      """)
    #expect(
      text == """
        a  a  (beside what follows)
        b  b  (beside what follows)
        side by side, at most 2 at once  line 4
          do-x  do x
          do-y  do y
        sh-1  ls
        for each of sh-1.lines, side by side  line 5
          ${each of sh-1.lines}  body
            sh-1  cat ${each of sh-1.lines}
        """)
  }

  @Test func `nothing is done: no effect is called, nothing is printed`() throws {
    var printed: [String] = []
    let outlines = try outlines(
      """
      local called = 0
      step "roll" { function(ctx)
        print "a body"
        local paid = ctx:effect("pay", function() called = called + 1 print "paid" return 1 end)
        if called > 0 then ctx:sh "called" end
        ctx:sh("echo " .. tostring(paid) .. string.format(" %s %5.1f", paid, 2) .. table.concat({ paid, "x" }, ","))
      end }
      """, onPrint: { printed.append($0) })
    #expect(printed.isEmpty)
    #expect(
      OutlineText.lines(try #require(outlines.first)) == [
        "effect pay", "sh-1  echo ${pay} ${pay}   2.0${pay},x",
      ])
  }

  @Test func `of many branches one after the other not all combinations are followed`() throws {
    let body = (1...40).map { "if ctx:signal(\"s\($0)\").x then ctx:sh \"\($0)\" end" }.joined(separator: "\n")
    let outline = try #require(try outlines("step \"roll\" { function(ctx)\n\(body)\nend }").first)
    let text = OutlineText.lines(outline)
    #expect(!outline.isComplete, "not all of them were followed, and it says so")
    #expect(text.last == "… there are more ways through this body than were followed")
  }

  @Test func `an endless computation and a mistake of the body end a way, and say so`() throws {
    #expect(try lines("ctx:sh 'a' while 1 == 1 do end").contains("… too long to be followed"))
    #expect(try lines("ctx:sh 'a' ctx:stpe 'b' {}").contains("raises: test.lua:2: there is no ctx:stpe: did you mean"))
    #expect(try lines("ctx:fail 'no'") == "fails: no")
  }

  @Test func `every word of ctx is known to the outline`() throws {
    let words = [
      "step", "sh", "exec", "start", "all", "any", "map", "sleep", "sleep_until", "signal", "approval", "call",
      "effect",
      "http", "now", "random", "uuid", "undo", "output", "metric", "log", "progress", "artifact", "halt", "fail",
      "value",
    ]
    for word in words {
      #expect(try lines("local act = ctx.\(word) ctx:sh(type(act))") == "sh-1  function", "\(word)")
    }
  }

  @Test func `marks change neither what a script means nor its lines`() throws {
    let source = """
      local function f(...) return select("#", ...) end
      local t, n = {}, 0
      for i = 3, 1, -1 do if i ~= 2 and not (i == 5) or false then t[#t + 1] = i end end
      for k, v in pairs { a = 1, b = 2 } do n = n + v; goto continue; ::continue:: end
      while n > 0 do n = n - 1 if n < 2 then break end end
      repeat local x = n n = n + 1 until x >= 4 -- the end
      local a <const> = nil
      step("s" .. #t .. n .. tostring(a == nil) .. f(nil, nil) .. ("x"):rep(2)) { function(ctx) ctx:sh "here" end }
      """
    let script = try Lua.load(source)
    let outline = try #require(try outlines(source).first)
    #expect(script.plan.nodes.map(\.name) == ["s25true2xx"])
    guard case .operation(let operation, _)? = outline.items.first else {
      Issue.record("\(outline)")
      return
    }
    #expect(operation.line == 8)
  }

  @Test func `a script without bodies is not read again`() throws {
    #expect(try outlines(#"step "a" { run = "true" }"#).isEmpty)
  }
}
