import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import BatonTestKit
import CSystem
import Glibc
import Testing

/// A reactor and an executor in a folder of their own, which goes away with them. Used on one thread.
final class ProcessRun {
  private let scratch = ScratchFolder()
  let reactor: PollReactor
  let executor: LocalExecutor
  private(set) var inputs: [EngineInput] = []
  private var lastTicket = 0

  var path: String { scratch.path }
  var folder: RunFolder { RunFolder(path: path + "/run") }
  let locks: String

  init(locks: String? = nil) throws {
    reactor = try PollReactor()
    self.locks = locks ?? scratch.path + "/locks"
    executor = try LocalExecutor(reactor: reactor, run: RunFolder(path: scratch.path + "/run"), locks: self.locks)
  }

  func launch(_ arguments: [String]) -> Launch { launch(arguments, ofRun: path) }

  func launch(_ arguments: [String], ofRun id: String) -> Launch {
    lastTicket += 1
    return Launch(
      ticket: lastTicket, step: "step", attempt: lastTicket, arguments: arguments, workingDirectory: path,
      of: LaunchRun(id: id, workflow: "work", folder: folder))
  }

  func shell(_ text: String) -> Launch { launch(["/bin/sh", "-c", text]) }

  /// Waits until an input satisfies the condition; nil after a minute without.
  @discardableResult
  func wait<Found>(for condition: (EngineInput) -> Found?) -> Found? {
    let limit = reactor.now + Span(seconds: 60)
    while reactor.now < limit {
      var found: Found?
      for input in reactor.wait(until: limit) {
        inputs.append(input)
        if found == nil { found = condition(input) }
      }
      if let found { return found }
    }
    Issue.record("nothing of the kind came in within a minute")
    return nil
  }

  func waitForStart(_ ticket: Ticket) -> Int32? {
    wait { if case .attemptStarted(ticket, let pid) = $0 { pid } else { nil } }
  }

  func waitForEnd(_ ticket: Ticket) throws -> AttemptReport {
    try #require(wait { if case .attemptEnded(ticket, let report) = $0 { report } else { nil } })
  }

  func run(_ launch: Launch) throws -> AttemptReport {
    executor.start(launch)
    return try waitForEnd(launch.ticket)
  }

  func log(_ launch: Launch) -> String? { contents(launch.log) }

  /// Writes a file in it, and gives its path.
  @discardableResult
  func write(_ name: String, _ text: String, mode: mode_t = 0o644) -> String { scratch.write(name, text, mode: mode) }
}

func contents(_ path: String) -> String? {
  guard let file = fopen(path, "re") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
  return String(decoding: bytes, as: UTF8.self)
}

func names(in folder: String) -> [String] {
  guard let directory = opendir(folder) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// Whether a process runs: it is there, and no zombie.
func isAlive(_ pid: Int32) -> Bool {
  guard let text = contents("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
  let state = text[text.index(end, offsetBy: 2)]
  return state != "Z" && state != "X"
}
