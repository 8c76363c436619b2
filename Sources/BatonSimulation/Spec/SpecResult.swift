import BatonModel

/// What came of one file of specs.
public struct SpecFileResult: Sendable {
  /// As the user named it.
  public var file: String
  /// In the order in which they stand in the file.
  public var cases: [SpecCase] = []
  /// Why the file could not be read to its end, or its `teardown` failed.
  public var failure: SpecFailure?
  /// How long it took, in real time.
  public var duration = Span.zero
  /// How many runs were simulated, and how many attempts of steps in them.
  public var simulations = 0
  public var mockedAttempts = 0

  public init(file: String) { self.file = file }
}

/// One `it`.
public struct SpecCase: Sendable {
  public enum Status: Sendable {
    case passed
    case failed(SpecFailure)
    /// Not to be run yet; why, where it says so.
    case pending(String?)
  }

  /// The names of the blocks around it, outermost first, and its own.
  public var path: [String]
  public var place: SourcePlace
  public var status: Status
  public var duration: Span
  /// What it printed.
  public var output: String

  public init(path: [String], place: SourcePlace, status: Status, duration: Span, output: String = "") {
    self.path = path
    self.place = place
    self.status = status
    self.duration = duration
    self.output = output
  }

  public var name: String { path.joined(separator: " ") }
}

/// Why a test failed.
public struct SpecFailure: Sendable, Hashable {
  /// What did not hold, or what was raised.
  public var message: String
  public var place: SourcePlace?
  /// Both of an assertion, in Lua's notation.
  public var expected: String?
  public var actual: String?
  /// What the test says of it, and what may be meant.
  public var notes: [String] = []
  /// Where the spec stood, innermost first.
  public var traceback: [String] = []
  /// An error was raised, rather than that an assertion did not hold.
  public var isError = true

  public init(_ message: String, at place: SourcePlace? = nil) {
    self.message = message
    self.place = place
  }
}

/// All that `baton test` found.
public struct SpecSummary: Sendable {
  public var passed = 0
  public var failed = 0
  public var pending = 0
  /// Files that could not be read.
  public var broken = 0
  public var simulations = 0
  public var mockedAttempts = 0

  public init(_ files: some Sequence<SpecFileResult>) {
    for file in files {
      if file.failure != nil { broken += 1 }
      simulations += file.simulations
      mockedAttempts += file.mockedAttempts
      for test in file.cases {
        switch test.status {
        case .passed: passed += 1
        case .failed: failed += 1
        case .pending: pending += 1
        }
      }
    }
  }

  public var count: Int { passed + failed + pending }
  public var isGood: Bool { failed == 0 && broken == 0 }
}
