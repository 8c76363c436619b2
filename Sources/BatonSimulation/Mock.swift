import BatonCore
import BatonModel
import BatonRuntime

/// What stands in for running a step.
public indirect enum Mock {
  case fixed(MockResult)
  /// One for each attempt; the last one counts for all that follow.
  case sequence([Mock])
  /// Decides at each attempt.
  case function((MockCall) throws(MockProblem) -> Mock)
}

extension Mock {
  /// What the `ready` and the `setup` of a service emit, whatever its process comes to.
  var emitted: [String: Value] {
    switch self {
    case .fixed(let result): result.values
    case .sequence(let mocks): mocks.lazy.map(\.emitted).first { !$0.isEmpty } ?? [:]
    case .function: [:]
    }
  }
}

/// How a mocked attempt ends, and what it leaves.
public struct MockResult: Sendable, Hashable {
  /// nil: it never ends by itself.
  public var outcome: Outcome? = .succeeded
  /// How long it takes, in virtual time.
  public var duration = Span.zero
  /// What it emits.
  public var values: [String: Value] = [:]
  /// What it prints.
  public var output = ""
  public var metrics: [String: Double] = [:]
  /// What its results tell, in place of the files that the step would read; nil: nothing.
  public var results: [ResultItem]?
  public var checkpoint: Value?
  /// It is not run at all: its results are found in the cache.
  public var isCached = false

  public init() {}

  public init(_ outcome: Outcome?) { self.outcome = outcome }
}

/// What the function of a mock is told.
public struct MockCall: Sendable {
  public var launch: Launch
  /// 1-based: how many attempts of this step have come to their end before, and one.
  public var attempt: Int
}

/// A mock cannot be used: what is wrong with it.
public struct MockProblem: Error, Sendable, Hashable {
  public var text: String
  /// Where the function of the mock raised, if it did.
  public var place: SourcePlace?

  public init(_ text: String, at place: SourcePlace? = nil) {
    self.text = text
    self.place = place
  }
}

extension Launch {
  /// The command as a person would type it: what goes to a shell as it is, a program's words quoted where they need it.
  public var commandLine: String {
    if let called = calledWorkflow?["file"]?.string { return "call \(called)" }
    if let command = shellCommand { return command }
    return ownArguments.map(ShellText.quoted).joined(separator: " ")
  }

  /// Without the shell that keeps its standard output, where there is one.
  public var ownArguments: [String] { capture == nil ? arguments : Array(arguments.dropFirst(4)) }

  /// `{ file, params }` of a step that calls another workflow.
  public var calledWorkflow: Value? {
    guard let text = extraEnvironment.first(where: { $0.name == SubRun.variable })?.value,
      let call = (try? JSON.decode(text.utf8)).flatMap(SubRun.init)
    else { return nil }
    return ["file": .string(call.file), "params": .map(call.params)]
  }

  /// What a shell is given to run: the word behind an option that ends with `c`.
  private var shellCommand: String? {
    let arguments = ownArguments
    guard arguments.count >= 3, let program = arguments[0].split(separator: "/").last, program.hasSuffix("sh") else {
      return nil
    }
    let option = arguments[arguments.count - 2]
    return option.hasPrefix("-") && option.hasSuffix("c") ? arguments[arguments.count - 1] : nil
  }
}
