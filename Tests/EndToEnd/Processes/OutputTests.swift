import Glibc
import Testing

/// Output of any size and any bytes.
@Suite struct Output {
  private func log(_ sandbox: Sandbox, _ step: String) -> [UInt8]? {
    let found = Disk.files(below: sandbox.path(".baton/runs")).first { $0.hasSuffix("/logs/\(step).1.log") }
    return found.flatMap { Disk.bytes(sandbox.path(".baton/runs/\($0)")) }
  }

  @Test("100 MB of output are kept with bounded memory")
  func muchOutput() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"head -c 100000000 /dev/zero\" }\n"])
    // A process's peak begins with that of the one that started it, and this one is large.
    let measure =
      "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]); "
      + "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    let finished = try sandbox.command("python3", "-c", measure, Binary.path, "run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let kilobytes = try #require(Int(finished.output.filter(\.isNumber)))
    #expect(kilobytes < 60_000)
    #expect(log(sandbox, "a")?.count == 100_000_000)
  }

  @Test("Any bytes are kept as they are")
  func anyBytes() throws {
    let sandbox = try Sandbox([
      "w.lua": "step \"a\" { run = \"head -c 3000000 /dev/urandom > bytes; cat bytes\" }\n"
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    #expect(log(sandbox, "a") == Disk.bytes(sandbox.path("bytes")))
  }

  @Test("A reader of the output that goes away ends the command quietly")
  func brokenPipe() throws {
    let sandbox = try Sandbox(["w.lua": "for i = 1, 20000 do step(\"s\" .. i) { run = \"true\" } end\n"])
    let finished = try sandbox.command("sh", "-c", "\"$0\" plan w.lua | head -n 1", Binary.path)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.errors == "", "\(finished.account)")
  }

  @Test("With -v a step's output stands between the lines that tell its start and its end")
  func verboseOrder() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      for i = 1, 5 do step("s" .. i) { run = "echo 'one'; printf two", depends = i > 1 and "s" .. i - 1 or nil } end
      step "again" { run = "printf x; [ $BATON_ATTEMPT_NUMBER = 2 ] || exit 1", retry = 1, depends = "s5" }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua", "-v")
    var told: [String] = finished.errors.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      if words.count > 2, words[1] == "│" { return "\(words[0]) │ \(words[2])" }
      guard words.count > 2, ["▶", "✓", "↻", "✗"].contains(words[1]) else { return nil }
      return "\(words[2]) \(words[1])"
    }
    let wanted = (1...5).flatMap { ["s\($0) ▶", "s\($0) │ one", "s\($0) │ two", "s\($0) ✓"] }
    #expect(Array(told.prefix(20)) == wanted, "\(finished.account)")
    told.removeFirst(min(20, told.count))
    #expect(told == ["again ▶", "again │ x", "again ↻", "again ▶", "again │ x", "again ✓"], "\(finished.account)")
  }

  @Test("The outputs of two steps at once do not mix in their logs")
  func apart() throws {
    let sandbox = try Sandbox([
      "w.lua": "for i = 1, 4 do step(\"s\" .. i) { run = \"for n in $(seq 500); do echo s\" .. i .. \"; done\" } end\n"
    ])
    #expect(try sandbox.baton("run", "w.lua", "-j", "4").code == 0)
    for i in 1...4 {
      #expect(log(sandbox, "s\(i)") == Array(String(repeating: "s\(i)\n", count: 500).utf8))
    }
  }
}
