import BatonCore
import BatonModel

/// A called workflow: what the process that drives its run is told, in the environment variable ``variable``.
public struct SubRun: Sendable, Hashable {
  /// The word by which the program drives a called workflow.
  public static let command = "called"
  public static let variable = "BATON_CALL"
  /// How deep calls may nest.
  public static let deepest = 32

  /// The project's folder, absolute.
  public var project: String
  /// The id of the run: follows from the calling run and step, so that a resumed caller finds the run that it began.
  public var run: String
  /// Run and step that call it.
  public var parent: String
  /// Absolute.
  public var file: String
  public var params: [String: Value]
  public var jobs: Int?
  public var noCache: Bool
  /// `--changed-since` of the run that calls, where it limits this one too: a commit; nil: everything runs.
  public var changedSince: String?
  /// The workflows on the way to it, outermost first.
  public var callers: [String]

  public init(
    project: String, run: String, parent: String, file: String, params: [String: Value], jobs: Int?, noCache: Bool,
    callers: [String]
  ) {
    self.project = project
    self.run = run
    self.parent = parent
    self.file = file
    self.params = params
    self.jobs = jobs
    self.noCache = noCache
    self.callers = callers
  }

  /// Eight letters of base 32, as every run has.
  public static func id(run: String, step: String, generation: Int) -> String {
    var word = StableHash.word(run, "\(step)#\(generation)", seed: 0)
    let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")
    var text = ""
    for _ in 0..<8 {
      text.append(letters[Int(word & 31)])
      word >>= 5
    }
    return text
  }

  public var value: Value {
    [
      "project": .string(project), "run": .string(run), "parent": .string(parent), "file": .string(file),
      "params": .map(params),
      "jobs": jobs.map { .integer(Int64($0)) } ?? .null, "no_cache": .bool(noCache),
      "changed_since": changedSince.map { .string($0) } ?? .null,
      "callers": .list(callers.map { .string($0) }),
    ]
  }

  public init?(_ value: Value) {
    guard let project = value["project"]?.string, let run = value["run"]?.string, let parent = value["parent"]?.string,
      let file = value["file"]?.string,
      let params = value["params"]?.map
    else { return nil }
    self.init(
      project: project, run: run, parent: parent, file: file, params: params,
      jobs: value["jobs"]?.integer.map(Int.init),
      noCache: value["no_cache"]?.bool ?? false, callers: (value["callers"]?.list ?? []).compactMap(\.string))
    changedSince = value["changed_since"]?.string
  }

  /// What the end of the driver says of the run that it drove.
  ///
  /// - Parameter tail: of its output, of which the last line says why (``reasonMark``).
  static func outcome(_ outcome: Outcome, run: String, tail: String) -> Outcome {
    let lines = tail.split(whereSeparator: \.isNewline)
    let told = lines.last { $0.hasPrefix(reasonMark) }.map { CallReason.innermost($0.dropFirst(reasonMark.count)) }
    let reason = told.map { ": " + shortened($0[...]) } ?? ""
    switch outcome {
    case .exited(RunStatus.failed.exitCode): return .failed("run \(run) failed\(reason)")
    case .exited(RunStatus.halted.exitCode): return .failed("run \(run) was halted\(reason)")
    case .exited(RunStatus.cancelled.exitCode): return .failed("run \(run) was cancelled\(reason)")
    case .exited(2):
      let mistake = lines.last { $0.contains("error: ") }.map { line in
        ": " + shortened(line.hasPrefix(programMark) ? line.dropFirst(programMark.count) : line)
      }
      return .failed("run \(run) could not be started\(mistake ?? ": its log says why")")
    default: return outcome
    }
  }

  /// Begins the last line of a driver's output, which says why its run did not succeed.
  public static let reasonMark = "because: "

  /// Begins what the program says of itself, not of a script.
  private static let programMark = "baton: error: "

  /// The end of a reason says most.
  private static func shortened(_ text: Substring) -> String {
    text.count <= 300 ? String(text) : "… \(text.suffix(240))"
  }
}
