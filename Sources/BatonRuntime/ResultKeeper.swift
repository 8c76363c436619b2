import BatonCore
import BatonModel

/// Reads what tests and tools reported, and keeps it with the run. Works on a thread of its own.
public protocol ResultKeeper: AnyObject {
  /// Values to be replaced by `***` in everything that is kept from now on.
  func mask(_ secrets: [String])
  /// Reads the files of those sources that a function of the script reads; the answer is `resultTexts`.
  func texts(_ request: ResultRequest)
  /// Reads the files of the other sources, adds what functions of the script told, writes all items to the run's folder, and
  /// answers `resultsRead`. What goes wrong with a file is a problem in the summary.
  func read(_ request: ResultRequest, told: [ResultItem])
  /// The cases in a list that was written for a retry (``Handover/list``), as functions of the script are told them.
  ///
  /// - Parameters:
  ///   - path: absolute.
  ///   - limit: so many at most.
  /// - Returns: nil where it cannot be read any more.
  func failedCases(in path: String, limit: Int) -> [Value]?
  /// Whether results that were kept would be judged by the quarantine now as they were: no entry that is over names one of
  /// their cases, and what failed in quarantine is in it yet.
  ///
  /// - Parameter items: their file, absolute. What cannot be read does not stand.
  func stands(_ items: String, of step: String, _ quarantine: [QuarantineEntry], at moment: Instant) -> Bool
}

extension ResultKeeper {
  /// They stand: of those that keep no items.
  public func stands(_ items: String, of step: String, _ quarantine: [QuarantineEntry], at moment: Instant) -> Bool {
    true
  }
}

/// Which results of which attempt are to be read.
public struct ResultRequest: Sendable {
  public var ticket: Ticket
  public var step: String
  /// 1-based.
  public var attempt: Int
  /// Absolute; globs are relative to it.
  public var workingDirectory: String
  public var sources: [Source]
  /// When the attempt started: files that were last written before are not its own.
  public var since: Instant
  /// When it ended; nil: that is not known.
  public var ended: Instant?
  /// Other steps that ran at the same time, and read files too.
  public var rivals: [Rival] = []
  /// The run's folder, absolute.
  public var runFolder: String
  /// Where the items are written: relative to the run's folder.
  public var file: String
  /// Items of the step's attempts before this one, of the same work, oldest first: relative to the run's folder.
  public var earlier: [String] = []
  /// Names of cases that are known to stand in several files (``FileMark``), by their hash.
  public var sharedNames: Set<UInt64> = []
  /// The tests that it was to run: whether it ran them is told in ``ResultSummary/listed``; nil: nobody said.
  public var tests: [String]?
  /// Which of its tests the changes can affect; nil: that was not asked.
  public var impact: TestImpact?
  /// Where attachments are kept, absolute.
  public var artifactFolder: String
  /// The attempt's output, absolute: what a source without globs reads.
  public var log: String
  /// Whether the processes of the attempt were ended before their time: what is not there is no problem then.
  public var wasCutOff = false
  /// How the attempt ended, where the next one may run the failed tests alone; nil: it will not.
  public var handsOverAfter: Outcome?
  /// What this attempt was handed: the failed tests of the attempts before.
  public var handover: Handover?
  /// Tests whose failures fail nothing, and the moment at which their entries have to hold.
  public var quarantine: [QuarantineEntry] = []
  public var moment = Instant(nanoseconds: 0)
  /// After so many failed tests the runner stopped.
  public var maxFailures: Int?

  public init(
    ticket: Ticket, step: String, attempt: Int, workingDirectory: String, sources: [Source], since: Instant,
    runFolder: String, file: String, artifactFolder: String, log: String
  ) {
    self.ticket = ticket
    self.step = step
    self.attempt = attempt
    self.workingDirectory = workingDirectory
    self.sources = sources
    self.since = since
    self.runFolder = runFolder
    self.file = file
    self.artifactFolder = artifactFolder
    self.log = log
  }

  /// Whether any of the sources tells of tests.
  public var readsTests: Bool {
    sources.contains { source in
      switch source.reader {
      case .format(.junit), .format(.tap), .format(.gotest), .format(.swifttest), .callback: true
      case .format(.lcov), .format(.cobertura), .format(.llvmcov), .format(.contexts), .format(.sarif),
        .format(.benchmark), .format(.metrics):
        false
      }
    }
  }

  /// Another step that ran at the same time, and what it reads.
  public struct Rival: Sendable, Hashable {
    public var step: String
    /// Absolute.
    public var workingDirectory: String
    public var patterns: [String]
    public var started: Instant
    /// nil: it still runs.
    public var ended: Instant?

    public init(
      step: String, workingDirectory: String, patterns: [String], started: Instant, ended: Instant? = nil
    ) {
      self.step = step
      self.workingDirectory = workingDirectory
      self.patterns = patterns
      self.started = started
      self.ended = ended
    }
  }

  /// A ``ResultSource`` whose globs are known.
  public struct Source: Sendable {
    public var reader: ResultSource.Reader
    /// Empty: the attempt's output.
    public var patterns: [String]
    public var isOptional: Bool
    public var base: String?

    public init(reader: ResultSource.Reader, patterns: [String], isOptional: Bool = false, base: String? = nil) {
      self.reader = reader
      self.patterns = patterns
      self.isOptional = isOptional
      self.base = base
    }
  }
}

/// A file for a function of the script to read.
public struct ResultText: Sendable {
  public var callback: Callback
  /// As the script is told it: relative to the step's folder, or absolute.
  public var path: String
  /// The file's text, of a longer one its end (``limit``); or why it cannot be read.
  public var text: Result<String, BatonError>

  /// In bytes.
  public static let limit = 16 << 20

  public init(callback: Callback, path: String, text: Result<String, BatonError>) {
    self.callback = callback
    self.path = path
    self.text = text
  }
}
