import BatonModel
import Glibc
import Testing

/// Every workflow in `scripts/examples`, run in a copy.
@Suite struct Examples {
  static let folder = "\(Binary.root)/scripts/examples"

  static func copied() throws -> Sandbox {
    let sandbox = try Sandbox()
    for file in Disk.files(below: folder) where !file.hasPrefix("build/") && !file.hasPrefix(".baton/") {
      guard let text = Disk.text("\(folder)/\(file)") else { throw HarnessError("cannot read \(file)") }
      try sandbox.write(file, text)
    }
    return sandbox
  }

  private func run(_ sandbox: Sandbox, _ arguments: String..., code: Int32 = 0) throws -> RunState {
    let finished = try sandbox.start(["run"] + arguments).wait(atMost: 300)
    #expect(finished.code == code, "\(finished.account)")
    return try sandbox.show()
  }

  private func log(_ sandbox: Sandbox, _ step: String) throws -> String { try sandbox.baton("logs", step).output }

  @Test("Each example has a test here")
  func eachHasOne() {
    let examples = Self.examples
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let text = Disk.files(below: here).compactMap { Disk.text("\(here)/\($0)") }.joined()
    #expect(examples.count >= 10)
    for example in examples { #expect(text.contains("\"\(example)\""), "\(example) is not run") }
  }

  private static var examples: [String] {
    Disk.names(in: folder).filter { $0.hasSuffix(".lua") && !$0.hasSuffix("_test.lua") }
  }

  @Test("Each example has a spec beside it, and all specs pass")
  func specs() throws {
    let sandbox = try Self.copied()
    for example in Self.examples {
      let spec = example.dropLast(4) + "_test.lua"
      #expect(Disk.exists(sandbox.path(String(spec))), "\(example) has no spec")
    }
    let finished = try sandbox.baton("test")
    #expect(finished.code == 0, "\(finished.account)")
  }

  @Test("Each example ends the same wherever its driver dies")
  func chaos() throws {
    let sandbox = try Self.copied()
    for example in Self.examples {
      let finished = try sandbox.baton("chaos", example, atMost: 300)
      #expect(finished.code == 0, "\(finished.account)")
    }
  }

  @Test("Each example passes check and can be planned and drawn")
  func checked() throws {
    let sandbox = try Self.copied()
    for example in Self.examples {
      for arguments in [["check", example], ["plan", example], ["graph", example, "--format", "ascii"]] {
        let finished = try sandbox.start(arguments).wait()
        #expect(finished.code == 0, "\(finished.account)")
      }
    }
  }

  @Test func hello() throws {
    let sandbox = try Self.copied()
    let state = try run(sandbox, "hello.lua", "-p", "name=O'Neill & \"Sons\"")
    #expect(state.steps["greeting"]?.values["text"]?.string == "Hello, O'Neill & \"Sons\"!")
    #expect(try log(sandbox, "say").contains("Hello, O'Neill & \"Sons\"!"))
    #expect(try log(sandbox, "shout").contains("HELLO, O'NEILL & \"SONS\"!"))
  }

  @Test func buildC() throws {
    let sandbox = try Self.copied()
    #expect(try run(sandbox, "build-c.lua").status == "succeeded")
    let again = try run(sandbox, "build-c.lua")
    #expect(again.names("cached") == ["compile[unit=greet]", "compile[unit=main]", "link"])
    Disk.remove(sandbox.path("build/c/greet"))
    #expect(try run(sandbox, "build-c.lua").steps["test"]?.status == "succeeded", "the program is brought back")
    let header = try #require(sandbox.read("build-c/greet.h"))
    try sandbox.write("build-c/greet.h", header + "// more\n")
    #expect(try run(sandbox, "build-c.lua").names("cached") == ["link"], "the objects are the same again")
    #expect(try run(sandbox, "build-c.lua", "-p", "flags=-O0").names("cached") == [])
  }

  @Test func matrix() throws {
    let sandbox = try Self.copied()
    let state = try run(sandbox, "matrix.lua")
    let names = state.names("succeeded")
    #expect(
      names == [
        "browser[browser=chrome,os=linux]", "browser[browser=chrome,os=mac]", "browser[browser=firefox,os=linux]",
        "check[file=a.txt]", "check[file=b.txt]", "check[file=c.txt]", "done", "find",
        "service[name=api]/shard[number=1]", "service[name=api]/shard[number=2]", "service[name=api]/shard[number=3]",
        "service[name=web]/shard[number=1]", "service[name=web]/shard[number=2]",
      ])
  }

  @Test func rollout() throws {
    let sandbox = try Self.copied()
    let state = try run(sandbox, "rollout.lua")
    #expect(state.steps["rollout"]?.values["version"]?.string == "1.4")
    #expect(state.steps["rollout/canary-us"]?.status == "succeeded")
    #expect(try run(sandbox, "rollout.lua", "-p", "limit=0.001", code: 1).steps["rollout/deploy-us"] == nil)
  }

  @Test func order() throws {
    let sandbox = try Self.copied()
    #expect(try run(sandbox, "order.lua").steps["deliver"]?.status == "succeeded")
    let empty = try run(sandbox, "order.lua", "-p", "stock=0", code: 1)
    #expect(empty.steps["charge"]?.status == "undone")
    #expect(try log(sandbox, "order/undo-reserve") == "release r-17\n")
    let alone = try run(sandbox, "order.lua", "-p", "courier=false", code: 1)
    #expect(alone.steps["deliver/label"]?.status == "undone")
    #expect(alone.steps["charge"]?.status == "succeeded")
  }

  @Test func gate() throws {
    let sandbox = try Self.copied()
    #expect(try run(sandbox, "gate.lua").steps["release"]?.status == "succeeded")
    let slow = try run(sandbox, "gate.lua", "-p", "p95_ms=40", code: 3)
    #expect(slow.status == "halted")
    #expect(try sandbox.baton("show").output.contains("p95_ms = 40"))
    let failing = try run(sandbox, "gate.lua", "-p", "failing=7", code: 3)
    #expect(failing.steps["release"]?.status != "succeeded")
    #expect(try sandbox.baton("show").output.contains("pass_rate = 0.965"))
  }

  @Test func retryFailover() throws {
    let sandbox = try Self.copied()
    let state = try run(sandbox, "retry-failover.lua")
    #expect(state.steps["copy"]?.attempts == 3)
    #expect(state.steps["fetch"]?.attempts == 3)
    #expect(state.steps["fetch"]?.values["source"]?.string == "mirror")
    #expect(state.steps["statistics"]?.status == "failed")
    #expect(try log(sandbox, "publish").contains("mirror"))
  }

  @Test func backup() throws {
    let sandbox = try Self.copied()
    for _ in 0..<5 { #expect(try run(sandbox, "backup.lua").status == "succeeded") }
    #expect(Disk.names(in: sandbox.path("build/backup")).filter { $0.hasSuffix(".tar.gz") }.count == 3)
    let failed = try run(sandbox, "backup.lua", "-p", "folder=nowhere", code: 1)
    #expect(failed.steps["note"]?.status == "succeeded")
    #expect(sandbox.read("build/backup/FAILED")?.contains("nowhere") == true)
  }

  @Test func checkpoint() throws {
    let sandbox = try Self.copied()
    let driver = try sandbox.start(["run", "checkpoint.lua", "-p", "epochs=40"])
    try sandbox.wait("some epochs are done") {
      (try? sandbox.baton("events", "--json").output.contains("epoch 4")) == true
    }
    driver.send(SIGKILL)
    try driver.wait()
    #expect(try sandbox.show().status == "interrupted")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    let state = try sandbox.show()
    #expect(state.steps["prepare"]?.status == "kept")
    #expect(state.steps["train"]?.values["epochs"]?.text == "40")
    #expect(try log(sandbox, "train").contains("60000 rows, 40 epochs, 0 of them") == false, "goes on where it was")
  }

  @Test func notify() throws {
    let sandbox = try Self.copied()
    #expect(try run(sandbox, "notify.lua", "-p", "fail=true", code: 1).status == "failed")
    let told = sandbox.lines("build/notify.log")
    let id = try #require(told.last?.split(separator: " ").last)
    #expect(told == ["notify failed (run \(id))", "  work: exit code 1", "baton resume \(id)"])
    #expect(try run(sandbox, "notify.lua").status == "succeeded")
    let later = sandbox.lines("build/notify.log").dropFirst(3).map { $0.prefix { $0 != "(" } }
    #expect(later == ["notify succeeded ", "notify recovered "])
  }

  @Test func modules() throws {
    let sandbox = try Self.copied()
    let state = try run(sandbox, "modules.lua")
    #expect(state.names("succeeded").count == 9)
  }

  @Test("library.lua writes, packs and waits; the archive is the same each time") func library() throws {
    let sandbox = try Self.copied()
    let first = try run(sandbox, "library.lua", "-p", "version=1.5")
    #expect(sandbox.read("build/notes/notes.txt") == "SHOP 1.5\n- faster checkout\n- fewer errors\n")
    #expect(first.steps["announce"]?.status == "succeeded")
    let archive = Disk.bytes(sandbox.path("build/notes.tar.gz"))
    #expect(archive?.isEmpty == false)
    _ = try run(sandbox, "library.lua", "-p", "version=1.5")
    #expect(Disk.bytes(sandbox.path("build/notes.tar.gz")) == archive)
  }

  @Test func release() throws {
    let sandbox = try Self.copied()
    #expect(try run(sandbox, "release.lua", code: 1).steps["ship"]?.status == "failed")
    try sandbox.write("build/approved", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(try sandbox.show().names("kept") == ["build", "test"])
    #expect(try log(sandbox, "ship").hasSuffix("shipped 1.4\n"))
  }
}
