import BatonModel
import Glibc
import Testing

/// What a step finds and does is the same here, in containers and on other hosts: one table, and one life, for all places.
@Suite struct Places {
  typealias Kind = PlaceUnderTest.Kind

  @Test(
    "Exit codes, signals, output, input, environment, files, values and events are as at home", arguments: Kind.allCases
  )
  func asAtHome(_ kind: Kind) throws {
    let place = try PlaceUnderTest(
      kind,
      "workflow \"w\" { executor = PLACE, env = { OUTER = \"o o\" } }\n"
        + PlaceRow.all.map { $0.step + "\n" }.joined(),
      ["sub/in.txt": "from outside\n", "sub/tool": "#!/bin/sh\necho tool\n", "sub/out/.keep": ""])
    try place.sandbox.command("chmod", "+x", "sub/tool")
    let finished = try place.baton("run", "w.lua", "-j", "4")
    #expect(finished.code == 0, "\(finished.account)")
    let state = try place.sandbox.show()
    let events = try place.sandbox.baton("events").output
    for row in PlaceRow.all {
      let step = state.steps[row.name]
      #expect(step?.reason == row.reason(kind), "\(row.name): \(step?.reason ?? "it has no end")")
      #expect((step?.status == "failed") == !row.reason(kind).isEmpty, "\(row.name)")
      if !row.log.isEmpty {
        let log = try place.sandbox.baton("logs", row.name).output
        for piece in row.log { #expect(log.contains(piece), "\(row.name): \(log.suffix(300))") }
      }
      for (name, value) in row.values { #expect(step?.values[name]?.string == value, "\(row.name)") }
      for (file, text) in row.files { #expect(place.sandbox.read(file) == text, "\(row.name): \(file)") }
      #expect(row.event.isEmpty || events.contains(row.event), "\(row.name)")
    }
    try place.expectNothingLeft()
  }

  @Test("A step that is to end is asked to, and killed after its grace; nothing is left", arguments: Kind.allCases)
  func ending(_ kind: Kind) throws {
    let place = try PlaceUnderTest(
      kind,
      """
      workflow "w" { executor = PLACE, env = { WHERE = env.WHERE } }
      step "late" { run = "sleep 100", timeout = "1s", allow_failure = true }
      step "stubborn" { run = "trap '' TERM; while :; do sleep 0.1; done", timeout = "1s", grace = "300ms", allow_failure = true }
      step "polite" {
        lease = pool "board" { members = { "b1" } },
        run = [[trap 'echo asked > asked; exit 0' TERM; : > "$WHERE/begun"; while :; do sleep 0.05; done]], outputs = "asked",
        grace = "20s", cache = false,
      }
      """)
    let run = try place.start("run", "w.lua", "-j", "4")
    try place.sandbox.wait("two have timed out", atMost: 180) {
      run.errorsSoFar.split(separator: "timed out").count >= 3 && place.sandbox.read("begun") != nil
    }
    #expect(try place.baton("cancel").code == 0)
    let finished = try run.wait()
    #expect(finished.code == 4, "\(finished.account)")
    #expect(place.sandbox.read("asked") == "asked\n")
    let pools = try place.sandbox.baton("pools").output
    #expect(pools.contains("0 of 1 leased"), "\(pools)")
    try place.expectNothingLeft()
  }

  @Test("A lease that is lost ends what runs with it, and the log says why", arguments: Kind.allCases)
  func lost(_ kind: Kind) throws {
    let place = try PlaceUnderTest(
      kind,
      """
      workflow "w" { executor = PLACE, env = { WHERE = env.WHERE } }
      step "use" { lease = { pool "board" { members = { "b1" } }, ttl = "1s" }, grace = "5s",
        run = [[: > "$WHERE/begun"; trap '' TERM; while :; do sleep 0.05; done]] }
      """)
    let run = try place.start("run", "w.lua")
    try place.sandbox.wait("it has the member", atMost: 180) { place.sandbox.read("begun") != nil }
    // As somebody else's, after this machine has slept.
    let taken = try place.sandbox.command(
      "python3", "-c",
      "import sqlite3; d = sqlite3.connect('.baton/baton.db', timeout=20); d.execute('DELETE FROM pools'); d.commit()")
    #expect(taken.code == 0, "\(taken.account)")
    let finished = try run.wait(atMost: 60)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(try place.sandbox.show().steps["use"]?.reason == "exit code 70")
    let log = try place.sandbox.baton("logs", "use").output
    #expect(log.contains("the lease of board b1 was lost") && log.contains("a longer ttl"), "\(log)")
    try place.expectNothingLeft()
  }

  @Test(
    "The engine is killed, or all of its processes: a resumed run ends what runs there first, and leaves nothing",
    arguments: Kind.allCases, [false, true])
  func killed(_ kind: Kind, _ withAll: Bool) throws {
    let mark = "m\(UInt64.random(in: 0 ... .max))"
    let place = try PlaceUnderTest(
      kind,
      """
      workflow "w" { executor = PLACE, env = { WHERE = env.WHERE } }
      local first = step "first" { run = [[echo x >> "$WHERE/first"]] }
      step "second" {
        depends = first, grace = "1s", env = { MARK = "\(mark)" }, inputs = "again*",
        run = [[test -e again && exit 0; : > "$WHERE/begun"; trap "" TERM; while :; do sleep 0.05; done]],
      }
      """, ["again-not": ""])
    let run = try place.start("run", "w.lua")
    try place.sandbox.wait("the second step runs", atMost: 180) { place.sandbox.read("begun") != nil }
    run.send(SIGKILL)
    _ = try run.wait()
    if withAll { for process in place.sandbox.processes() where process > 1 { kill(process, SIGKILL) } }
    if withAll, kind == .local {
      try place.sandbox.wait("it was one of them") { Sandbox.processes(carrying: "MARK=\(mark)").isEmpty }
    } else {
      #expect(!Sandbox.processes(carrying: "MARK=\(mark)").isEmpty, "it outlives the engine")
    }
    try place.sandbox.write("again", "")
    let resumed = try place.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(place.sandbox.lines("first") == ["x"], "it is kept")
    #expect(Sandbox.processes(carrying: "MARK=\(mark)") == [], "nothing writes any more")
    try place.expectNothingLeft()
  }

  @Test(
    "A service there is ready by a command there and used here, lost and recovered, gone with a killed engine",
    arguments: Kind.allCases)
  func service(_ kind: Kind) throws {
    let mark = "m\(UInt64.random(in: 0 ... .max))"
    let place = try PlaceUnderTest(
      kind,
      """
      local web = service "web" {
        executor = PLACE, ports = "http", grace = "1s", restart = { attempts = 3, backoff = "100ms" },
        env = { MARK = "\(mark)", WHERE = env.WHERE },
        run = [[echo start >> "$WHERE/starts"; mkdir -p "$BATON_SERVICE_FOLDER" && echo well > "$BATON_SERVICE_FOLDER/index.html" \
          && exec busybox httpd -f -p "127.0.0.1:$BATON_PORT_HTTP" -h "$BATON_SERVICE_FOLDER"]],
        ready = probe.command "busybox wget -q -O - http://127.0.0.1:$BATON_PORT_HTTP/index.html",
        setup = [[echo set up >> "$WHERE/setup"]],
        outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/index.html" },
      }
      step "use" { run = [[
        curl -sf "$URL" >> answer; test -e ended && exit 0; touch begun; while [ ! -e go ]; do sleep 0.05; done; touch ended; sleep 100
      ]], env = { URL = web.out.url } }
      """, isApart: true)
    let run = try place.start("run", "w.lua")
    try place.sandbox.wait("the step runs", atMost: 180) { place.sandbox.read("begun") != nil }
    #expect(place.sandbox.read("answer") == "well\n")
    #expect(place.sandbox.lines("setup") == ["set up"])
    try place.sandbox.write("go", "")
    try place.sandbox.wait("the step waits") { place.sandbox.read("ended") != nil }
    for process in Sandbox.processes(carrying: "MARK=\(mark)") { kill(process, SIGKILL) }
    let finished = try run.wait(atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(place.sandbox.lines("starts").count == 2 && place.sandbox.lines("answer").count == 2, "\(finished.account)")
    try place.expectNothingLeft()

    for name in ["begun", "go", "ended"] { Disk.remove(place.sandbox.path(name)) }
    let again = try place.start("run", "w.lua")
    try place.sandbox.wait("the step runs", atMost: 180) { place.sandbox.read("begun") != nil }
    again.send(SIGKILL)
    _ = try again.wait()
    try place.sandbox.wait("the service dies with the engine", atMost: 30) {
      Sandbox.processes(carrying: "MARK=\(mark)") == []
    }
    try place.sandbox.write("ended", "")
    let resumed = try place.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    try place.expectNothingLeft()
  }
}
