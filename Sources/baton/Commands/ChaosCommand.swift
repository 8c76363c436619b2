import BatonCommandLine
import BatonConfig
import BatonLua
import BatonModel
import BatonReport
import BatonSimulation

/// `baton chaos`.
enum ChaosCommand {
  static func run(_ context: Context) throws -> Int32 {
    let (invocation, console) = (context.invocation, context.console)
    let file = invocation.arguments[0]
    try Workflow.checkFile(file)
    let isReal = invocation.has(.real)
    let text = ChaosText(file: file, options: isReal ? " --real" : "", palette: console.outputPalette)
    let (report, trace) = try isReal ? real(file, invocation) : simulated(file, invocation)
    if let at = invocation.value(.at) {
      let trace = try trace(try points(at))
      console.out(
        invocation.has(.json) ? JSON.encodePretty(ChaosJSON.value(trace, file: file)) + "\n" : text.trace(trace))
      return trace.divergence == nil ? 0 : 1
    }
    let begun = Instant.now
    let progress = ProgressLine(console)
    let result = try report { done, all in progress.show("\(file): \(done) of \(all) crashes") }
    progress.clear()
    let duration = Instant.now - begun
    console.out(
      invocation.has(.json)
        ? JSON.encodePretty(ChaosJSON.value(result, file: file, duration: duration)) + "\n"
        : text.report(result, duration: duration))
    return result.isGood ? 0 : 1
  }

  private typealias Search = (
    report: ((Int, Int) -> Void) throws -> ChaosReport, trace: ([CrashPoint]) throws -> ChaosTrace
  )

  private static func simulated(_ file: String, _ invocation: Invocation) throws -> Search {
    let project = try Project.configured(near: file)
    guard let path = File.real(file) else { throw BatonError(.usage, "there is no file \(file)") }
    var source = WorkflowSource(
      file: file, path: path, text: try ScriptReading.lua(try File.read(path), file: path),
      modules: try Drive.modules(of: path, in: project))
    source.agents = project.agents
    source.settings = project.settings.run
    let parameters = try Workflow.parameters(invocation)
    source.params = parameters.typed
    source.rawParams = parameters.raw
    let mocks = try mocks(file, invocation, project)
    var subject =
      mocks?.subject(source) ?? ChaosSubject(source: source, mocks: MockBook(), options: SimulationOptions())
    // The functions of mocks are called as long as there is something to simulate.
    subject.owner = mocks
    let search = ChaosSearch(subject)
    return ({ try search.report($0) }, { try search.trace($0) })
  }

  private static func real(_ file: String, _ invocation: Invocation) throws -> Search {
    if invocation.value(.mocks) != nil {
      throw BatonError(.usage, "--real and --mocks exclude each other", cure: "without --real, steps are mocked")
    }
    var options = invocation.values(.param).flatMap { ["-p", $0] }
    if let params = invocation.value(.params) {
      guard let path = File.real(params) else { throw BatonError(.usage, "there is no file \(params)") }
      options += ["--params", path]
    }
    let chaos = try RealChaos(file: file, project: try Project.find(near: file), options: options)
    return ({ try chaos.report($0) }, { try chaos.trace($0) })
  }

  /// The file that `--mocks` names, else the spec beside the workflow.
  private static func mocks(_ file: String, _ invocation: Invocation, _ project: Project) throws -> MockFile? {
    let ending = [".lua", ".json"].first(where: file.hasSuffix) ?? ""
    let stem = String(file.dropLast(ending.count))
    let name = invocation.value(.mocks) ?? "\(stem)_test.lua"
    if invocation.value(.mocks) == nil, !File.exists(name) { return nil }
    try Workflow.checkFile(name)
    guard let path = File.real(name) else { throw BatonError(.usage, "there is no file \(name)") }
    return try MockFile(file: name, path: path, environment: try TestCommand.environment(project))
  }

  private static func points(_ text: String) throws(BatonError) -> [CrashPoint] {
    var points: [CrashPoint] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let point = CrashPoint(String(part)), point.seq > points.last?.seq ?? 0 else {
        throw BatonError(.usage, "--at takes numbers of records that grow, such as 7 or 7+,12, not \(text)")
      }
      points.append(point)
    }
    return points
  }
}

/// A line on a terminal that is written over and over.
final class ProgressLine {
  private let console: Console
  private var last = Instant(nanoseconds: 0)
  private var isShown = false

  init(_ console: Console) { self.console = console }

  /// At most ten times a second.
  func show(_ text: String) {
    let now = Instant.now
    guard console.isTerminal, !console.quiet, now - last > Span(milliseconds: 100) else { return }
    last = now
    isShown = true
    console.message(Array("\r\u{1B}[K\(text)".utf8))
  }

  func clear() { if isShown { console.message(Array("\r\u{1B}[K".utf8)) } }
}
