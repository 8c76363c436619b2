import Glibc

/// A project in a folder of its own, removed at the end; every process that is started in it can be found again.
final class Sandbox {
  /// Absolute.
  let folder: String
  /// Where the harness keeps what processes said, outside of the project.
  let scratch: String
  /// In the environment of all processes of this sandbox as `BATON_SANDBOX`.
  let mark: String
  private let base: String

  init(_ files: [String: String] = [:]) throws {
    try Binary.require()
    var template = Array("\(Sandbox.temporary)/baton-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw HarnessError("cannot make a folder: \(String(cString: strerror(errno)))")
    }
    base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    folder = base + "/project"
    scratch = base + "/scratch"
    mark = String(base.split(separator: "/").last ?? "")
    try Disk.make(folder: folder)
    try Disk.make(folder: scratch)
    for (name, text) in files { try write(name, text) }
  }

  deinit {
    for pid in processes() { kill(pid, SIGKILL) }
    Disk.remove(base)
  }

  private static let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"

  func path(_ name: String) -> String { name.hasPrefix("/") ? name : "\(folder)/\(name)" }
  func write(_ name: String, _ text: String) throws { try Disk.write(text, to: path(name)) }
  func read(_ name: String) -> String? { Disk.text(path(name)) }
  func lines(_ name: String) -> [String] { (read(name) ?? "").split(separator: "\n").map(String.init) }

  var environment: [String: String] {
    [
      "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin", "HOME": scratch, "LANG": "C.UTF-8",
      "TERM": "dumb", "BATON_SANDBOX": mark,
    ]
  }

  /// Starts `baton` with these arguments.
  func start(_ arguments: [String], env: [String: String] = [:], in place: String? = nil) throws -> ChildProcess {
    try ChildProcess(
      [Binary.path] + arguments, in: place.map(path) ?? folder,
      environment: environment.merging(env) { _, given in given }, scratch: scratch)
  }

  /// Runs `baton` with these arguments to its end.
  @discardableResult
  func baton(
    _ arguments: String..., env: [String: String] = [:], in place: String? = nil, atMost limit: Double = 60
  ) throws -> Finished {
    try start(arguments, env: env, in: place).wait(atMost: limit)
  }

  /// Runs any other program.
  @discardableResult
  func command(_ arguments: String..., env: [String: String] = [:], atMost limit: Double = 120) throws -> Finished {
    try ChildProcess(
      arguments, in: folder, environment: environment.merging(env) { _, given in given }, scratch: scratch
    ).wait(atMost: limit)
  }

  /// `baton show --json` of a run, the newest one when none is named.
  func show(_ run: String? = nil) throws -> RunState {
    let shown = try start(["show", "--json"] + (run.map { [$0] } ?? [])).wait()
    guard shown.code == 0 else { throw HarnessError(shown.account) }
    return try RunState(shown.output)
  }

  /// Every process of this sandbox that is alive.
  func processes() -> [pid_t] { Self.processes(carrying: "BATON_SANDBOX=\(mark)") }

  /// Those that have this in their environment, `NAME=VALUE`: in containers too.
  static func processes(carrying variable: String) -> [pid_t] {
    let wanted = Array(variable.utf8)
    return Disk.names(in: "/proc").compactMap { name in
      guard let pid = pid_t(name), pid != getpid() else { return nil }
      guard let environment = Disk.bytes("/proc/\(pid)/environ") else { return nil }
      return environment.split(separator: 0).contains { $0.elementsEqual(wanted) } ? pid : nil
    }
  }

  /// Whether a process runs, and is not only waiting to be reaped.
  static func isAlive(_ pid: pid_t) -> Bool {
    guard let text = Disk.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
    return !["Z", "X"].contains(text[end...].dropFirst(2).first)
  }

  /// Waits until the condition holds.
  /// - Throws: When it does not within so many seconds.
  func wait(_ what: String, atMost limit: Double = 30, until condition: () -> Bool) throws {
    let deadline = ChildProcess.now() + limit
    while !condition() {
      guard ChildProcess.now() < deadline else { throw HarnessError("not within \(limit) s: \(what)") }
      usleep(2000)
    }
  }

  /// What a run that is over must not leave: processes, and files below `.baton/runs/*/tmp`.
  func leftovers() -> [String] {
    let files = Disk.files(below: path(".baton")).filter { $0.contains("/tmp/") || $0.contains("/inbox/") }
    return processes().map { "process \($0)" } + files
  }
}
