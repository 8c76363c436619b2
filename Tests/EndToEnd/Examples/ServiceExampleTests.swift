import BatonModel
import CSystem
import Glibc
import Testing

/// `scripts/examples/services.lua`: a real PostgreSQL, killed in the middle of a browser's tests.
/// One after the other: each has a browser.
@Suite(.serialized) struct ServiceExamples {
  /// Where other users than root may go: the server runs as one.
  private static func project() throws -> Sandbox {
    let sandbox = try Examples.copied()
    chmod(String(sandbox.folder.dropLast("/project".count)), 0o755)
    chmod(sandbox.path("services/sold.sh"), 0o755)
    return sandbox
  }

  @Test("PostgreSQL is killed in the middle of the tests: the run recovers, and says so")
  func disaster() throws {
    let sandbox = try Self.project()
    let finished = try sandbox.baton("run", "services.lua", atMost: 300)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.errors.contains("recovered: it ended: killed by SIGKILL"), "\(finished.account)")
    #expect(finished.errors.contains("lost its service"), "\(finished.account)")
    let shown = try sandbox.baton("show")
    #expect(shown.output.contains("Services"))
    #expect(shown.output.contains("recovered once"), "\(shown.account)")
    #expect(shown.output.contains("19 tests: 19 passed"), "\(shown.account)")
    let state = try sandbox.show()
    #expect(state.names("succeeded").filter { $0.hasPrefix("buy[") }.count == 6, "\(state.steps)")
    let report = try sandbox.baton("report")
    #expect(report.code == 0, "\(report.account)")
    let page = sandbox.read(String(report.output.dropLast())) ?? ""
    #expect(page.contains("Health of the services") && page.contains("it ended: killed by SIGKILL"))
    #expect(try Self.left(by: sandbox) == [])
  }

  /// `BATON_KILLS=50` kills more often.
  private static let kills = getenv("BATON_KILLS").flatMap { UInt64(String(cString: $0)) } ?? 2

  @Test("NATS takes messages, and keeps them in its folder")
  func nats() throws {
    let sandbox = try Sandbox([
      "bus.lua": """
      local nats = require "baton.nats"
      local bus = service "bus" (nats.server { jetstream = true })
      step "ask" { run = "curl -fsS " .. bus.out.monitor .. "/jsz && echo told " .. bus.out.url }
      """
    ])
    let finished = try sandbox.baton("run", "bus.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let logs = try sandbox.baton("logs")
    #expect(logs.output.contains("store_dir") && logs.output.contains("told nats://127.0.0.1:"), "\(logs.account)")
    #expect(try Self.left(by: sandbox) == [])
  }

  @Test("A file of Redis's commands is loaded whole, or the service fails and says of which it did")
  func redis() throws {
    func workflow(_ seed: String) -> String {
      """
      local redis = require "baton.redis"
      local cache = service "cache" (redis.server { seed = "\(seed)", restart = 0 })
      step "ask" { run = "redis-cli -u " .. cache.out.url .. " mget a b" }
      """
    }
    let sandbox = try Sandbox([
      "good.redis": "set a 1\n\nset b \"x y\"\n", "bad.redis": "set c 3\nset d\n",
      "long.redis": "set e 5\nset f \(String(repeating: "x", count: 4_000_000))\n",
      "resp.redis":
        "*3\r\n$3\r\nset\r\n$1\r\ni\r\n$70000\r\n\(String(repeating: "x", count: 70_000))\r\n*1\r\n$3\r\nset\r\n",
      "stopping.redis": "set g 6\nshutdown nosave\nset h 7\n",
      "good.lua": workflow("good.redis"), "bad.lua": workflow("bad.redis"), "long.lua": workflow("long.redis"),
      "stopping.lua": workflow("stopping.redis"), "resp.lua": workflow("resp.redis"),
    ])
    let finished = try sandbox.baton("run", "good.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let logs = try sandbox.baton("logs")
    #expect(logs.output.contains("x y"), "\(logs.account)")
    #expect(try Self.left(by: sandbox) == [])
    for (name, problem) in [
      ("bad", "bad.redis could not be loaded"),
      ("long", "long.redis, whose line 2 is longer than 64 KB, could not be loaded"),
      ("stopping", "✗ cache: "), ("resp", "resp.redis could not be loaded"),
    ] {
      let failed = try sandbox.baton("run", "\(name).lua")
      #expect(failed.code == 1 && failed.errors.contains(problem), "\(failed.account)")
    }
  }

  @Test("The engine is killed at any moment: the resumed run passes, and nothing is left", arguments: 0..<kills)
  func killed(seed: UInt64) throws {
    let sandbox = try Self.project()
    var run = try sandbox.start(["run", "services.lua"])
    // The first half is killed once, the others again while they are carried on.
    for number in 0..<1 + seed % 2 {
      usleep(UInt32((seed &* 2_654_435_761 &+ number &* 1_640_531_527) % 14_000_000))
      run.send(SIGKILL)
      guard try run.wait().code == nil else { break }
      // Where nothing was recorded yet, there is nothing to carry on.
      let isRecorded = (try? sandbox.show().steps.isEmpty) == false
      run = try sandbox.start(isRecorded ? ["resume"] : ["run", "services.lua"])
    }
    let finished = try run.wait(atMost: 300)
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    #expect(state.status == "succeeded" && state.names("failed") == [], "\(state.steps)")
    #expect(try Self.left(by: sandbox) == [])
  }

  @Test("Ten such runs at once in one project do not disturb each other")
  func ten() throws {
    let sandbox = try Self.project()
    let runs = try (0..<10).map { _ in try sandbox.start(["run", "services.lua"]) }
    for run in runs {
      let finished = try run.wait(atMost: 600)
      #expect(finished.code == 0, "\(finished.account)")
    }
    #expect(Disk.names(in: sandbox.path(".baton/runs")).count == 10)
    #expect(try Self.left(by: sandbox) == [])
  }

  /// Processes, folders of services, and ports that are held or listened on, of runs that are over.
  private static func left(by sandbox: Sandbox) throws -> [String] {
    var left = sandbox.leftovers()
    // PostgreSQL's processes show no environment any more, but where they are.
    left += Disk.names(in: "/proc").filter { pid_t($0) != nil }.compactMap { pid in
      var path = [UInt8](repeating: 0, count: 4096)
      let length = path.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map {
          readlink("/proc/\(pid)/cwd", $0.assumingMemoryBound(to: CChar.self), bytes.count)
        } ?? -1
      }
      let place = String(decoding: path.prefix(max(0, length)), as: UTF8.self)
      return place.hasPrefix(sandbox.folder) ? "process \(pid) in \(place)" : nil
    }
    for run in Disk.names(in: sandbox.path(".baton/runs")) {
      if Disk.exists(sandbox.path(".baton/runs/\(run)/services")) { left.append("services of \(run)") }
      for step in try sandbox.show(run).json["steps"]?.list ?? [] {
        for port in step["values"]?["port"]?.map?.values.compactMap(\.integer) ?? [] {
          if Self.isLeft("/tmp/baton-ports/\(port)") { left.append("port \(port)") }
        }
      }
    }
    return left
  }

  /// Whether it is there and nobody has it: by now, a port may be another run's.
  private static func isLeft(_ lock: String) -> Bool {
    let file = open(lock, O_RDWR | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return baton_try_lock(file) == 0 && Disk.exists(lock)
  }
}
