import BatonModel
import BatonSystem
import Glibc
import Testing

/// Programs of others, as commands and modules run them.
@Suite struct ChildTests {
  // As the program does: who reads no more says so by an error.
  init() { signal(SIGPIPE, SIG_IGN) }

  private func shell(_ script: String) -> Child { Child("/bin/sh", ["-c", script]) }

  private func text(_ end: Child.End) -> String { String(decoding: end.output, as: UTF8.self) }

  @Test func `it reads and writes more than a pipe holds, at the same time`() throws {
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var child = Child("/bin/cat", [])
    child.input = .bytes(bytes)
    let end = try child.run(limit: Span(seconds: 60))
    #expect(end.output == bytes && end.code == 0 && end.exceeded == nil)
  }

  @Test func `it ends without reading what it is given`() throws {
    var child = shell("exec 0<&-; echo done")
    child.input = .bytes([UInt8](repeating: 65, count: 1_000_000))
    #expect(text(try child.run(limit: Span(seconds: 60))) == "done\n")
  }

  @Test(arguments: [("exit 7", 7), ("kill -TERM $$", 143), ("true", 0)])
  func `its end is told`(script: String, code: Int32) throws {
    #expect(try shell(script).run().code == code)
  }

  @Test func `what is too long in time or in words is ended`() throws {
    let late = try shell("exec sleep 600").run(limit: Span(milliseconds: 50))
    #expect(late.exceeded == .time && late.code == 128 + SIGKILL)
    let loud = try shell("yes").run(limit: Span(seconds: 60), maximum: 100_000)
    #expect(loud.exceeded == .output && loud.output.count < 1_000_000)
    var apart = shell("sleep 600 & wait")
    apart.isApart = true
    #expect(try apart.run(limit: Span(milliseconds: 50)).exceeded == .time, "what it started is ended, too")
  }

  @Test func `its streams, folder, environment and name are those that were said`() throws {
    var child = shell("echo $A$HOME; pwd; echo wrong >&2; echo $0")
    child.environment = ["A": "1", "PATH": "/bin:/usr/bin"]
    child.folder = "/usr/bin"
    child.errors = .gathered
    #expect(text(try child.run()) == "1\n/usr/bin\nwrong\n/bin/sh\n")
    child.errors = .nothing
    child.name = "another"
    #expect(text(try child.run()) == "1\n/usr/bin\nanother\n")
    #expect(text(try Child("/bin/cat", []).run()).isEmpty, "there is nothing to read")
  }

  @Test func `SIGPIPE ends it as it ends others`() throws {
    let line = text(try shell("grep SigIgn /proc/self/status").run())
    let mask = try #require(UInt64(line.split(whereSeparator: \.isWhitespace).last ?? "", radix: 16))
    #expect(mask & (1 << UInt64(SIGPIPE - 1)) == 0, "\(line)")
  }

  @Test func `what is no program is an error, and leaves no descriptor`() throws {
    func open() -> Int { Disk.names(in: "/proc/self/fd").count }
    let before = open()
    for path in ["/nowhere", "/etc/passwd", "/usr"] {
      var child = Child(path, [])
      child.input = .bytes([1])
      #expect(throws: BatonError.self) { try child.run() }
    }
    // Tests that run beside this one open some, too: a leak of three a round would be seen.
    for _ in 0..<200 { _ = try? Child("/nowhere", []).run() }
    #expect(open() - before < 100)
    #expect(Child.find("sh")?.hasSuffix("/sh") == true && Child.find("no-such-program") == nil)
  }
}
