import BatonCore
import BatonModel

/// What reaches the engine from outside: ``Reactor/wait(until:)`` returns it, and ``Mailbox/post(_:)`` puts it there.
public enum EngineInput: Sendable {
  case attemptStarted(Ticket, pid: Int32)
  indirect case attemptEnded(Ticket, AttemptReport)
  indirect case commandReport(Ticket, CommandReport)
  /// A piece of output of an attempt, secrets masked, in order; sent only where ``Executor/echo(_:)`` asked for it.
  case output(Ticket, [UInt8])
  case locked(String)
  case committed(through: Int64)
  indirect case storeFailed(BatonError)
  indirect case probed(Ticket, CacheAnswer)
  indirect case saved(Ticket, SaveAnswer)
  /// The answer to ``ResultKeeper/texts(_:)``.
  indirect case resultTexts(Ticket, [ResultText])
  /// The answer to ``ResultKeeper/read(_:told:)``; nil: there is nothing to tell.
  indirect case resultsRead(Ticket, ResultSummary?)
  /// The answer to ``Journal/write(_:mailbox:)``.
  case resultsWritten(Ticket)
  indirect case notified(key: String, NotificationAnswer)
  indirect case control(ControlRequest)
}

/// What people ask of a run that is being driven.
public enum ControlRequest: Sendable, Hashable {
  /// End the run for good; of a driver without an inbox.
  case cancel(by: String, reason: String?)
  /// Something was sent to the run: look for it (``Journal/requests(after:)``).
  case mail
  /// The first Ctrl-C, SIGTERM or SIGHUP: end what runs, resumable.
  case interrupt(signal: Int32)
  /// The second: at once.
  case kill
  /// The terminal has another size.
  case resized
}

/// The one place where the engine waits. Used on the engine's thread.
public protocol Reactor: AnyObject {
  /// The time: recorded as it is, so it never runs backwards within a run, whatever the clock on the wall does.
  var now: Instant { get }
  /// Returns what has come in, at least one input unless the moment is reached first. nil: no limit.
  func wait(until moment: Instant?) -> [EngineInput]
  /// The way in for other threads.
  var mailbox: any Mailbox { get }
}

/// A thread-safe way into a reactor.
public protocol Mailbox: AnyObject, Sendable {
  func post(_ input: EngineInput)
}

/// Runs attempts. Answers come through the reactor: `attemptStarted`, then reports, then exactly one `attemptEnded`.
public protocol Executor: AnyObject {
  /// Values to be replaced by `***` in all output, values and messages from now on.
  func mask(_ secrets: [String])
  /// Whether output is sent on as `output` inputs from now on, beside the log.
  func echo(_ on: Bool)
  func start(_ launch: Launch)
  /// SIGTERM to the whole tree, SIGKILL after the grace. The answer is an `attemptEnded` as always.
  func stop(_ ticket: Ticket, grace: Span)
  /// Asks for a lock that is respected by all runs on this machine in this project; the answer is `locked`, now or later.
  func lock(_ name: String)
  /// The engine's share of the lock ends; processes that still live keep theirs.
  func unlock(_ name: String)
  /// Adds bytes to a log, which is made where it is not there.
  func append(_ bytes: [UInt8], toLog path: String)
  /// Ends every process that carries one of these tokens, left behind by an engine that died; returns when they are gone.
  /// Tokens → how many processes were ended.
  func endLeftovers(tokens: [String], grace: Span) -> [String: Int]
}

/// Answers whether a step's work was done before, and keeps its results. Works on a thread of its own.
public protocol FileCache: AnyObject {
  /// The answer is `probed`.
  func probe(_ request: CacheRequest)
  /// Looks whether all outputs are there, keeps them with the values where the request says so, and copies the artifacts; the
  /// answer is `saved`.
  func save(_ request: CacheRequest, values: [String: Value])
  /// The digest of what inputs contain now, on the caller's thread.
  func inputs(_ patterns: [String], in workingDirectory: String) throws(BatonError) -> InputDigest
  /// The digest of what a container's image is made of (``ContainerSpec/isPath(_:)``), on the caller's thread.
  ///
  /// - Parameter path: absolute.
  func image(at path: String) throws(BatonError) -> String
}

public struct CacheRequest: Sendable {
  public var ticket: Ticket
  /// Whose work it is about.
  public var step = ""
  /// Absolute; globs are relative to it.
  public var workingDirectory: String
  public var inputs: [String]
  public var outputs: [String]
  /// All that the step's work is made of but its input files, in a canonical form.
  public var base: String
  /// `--no-cache`: answer a miss, but still hash the inputs.
  public var ignoreStored: Bool
  /// Whether ``FileCache/save(_:values:)`` keeps outputs and values for later runs.
  public var stores = true
  /// Globs of files to copy into `artifactFolder`, keeping their relative paths.
  public var artifacts: [String] = []
  public var artifactFolder = ""
  /// What must not stand in the names of artifacts.
  public var secrets = SecretSet()
  /// Hides them; nil: there are none.
  public var mask: ((String) -> String)? { secrets.isEmpty ? nil : { secrets.mask($0) } }
  /// Of where the step's results are read from (``ResultSource/digest(of:)``); empty: it reads none. What was kept of other
  /// sources is no hit.
  public var sources = ""
  /// Where the items of its results are (when it is saved) or go to (when it is probed), absolute.
  public var items = ""
  /// What it measured, to be kept with its outputs.
  public var kept: KeptResults?

  public init(
    ticket: Ticket, workingDirectory: String, inputs: [String], outputs: [String], base: String,
    ignoreStored: Bool = false
  ) {
    self.ticket = ticket
    self.workingDirectory = workingDirectory
    self.inputs = inputs
    self.outputs = outputs
    self.base = base
    self.ignoreStored = ignoreStored
  }
}

public enum CacheAnswer: Sendable {
  /// Done before with the same inputs; outputs are in place again (`restored` of them had to be written).
  /// What it measured then comes back with it, its items where the request wants them.
  case hit(inputs: InputDigest, values: [String: Value], restored: Int, kept: KeptResults? = nil)
  case miss(inputs: InputDigest)
  /// An input cannot be read, a glob is malformed, …
  case failed(String)
}

public enum SaveAnswer: Sendable {
  case saved
  /// Patterns of `outputs` that match nothing: the step did not keep its word.
  case missingOutputs([String])
  /// The cache could not be written: a warning, the step's success stands.
  case failed(String)
}

/// What the inputs of a step contain.
public struct InputDigest: Sendable, Hashable {
  /// Of all paths, modes and contents.
  public var digest: String
  /// Path → digest of its content, sorted; nil where there are too many to keep (more than 1,000).
  public var files: [String: String]?

  public init(digest: String, files: [String: String]?) {
    self.digest = digest
    self.files = files
  }
}

/// Sends messages. Works on threads of its own; the answer is `notified`.
public protocol Notifier: AnyObject {
  /// The kinds of channel that it knows.
  var channels: [String] { get }
  func send(_ message: OutgoingMessage)
}

public struct OutgoingMessage: Sendable {
  public var name: String
  /// The idempotency key: the same for the same event, however often it is tried, also after a resume.
  public var key: String
  public var channel: String
  /// Evaluated; secrets in the clear.
  public var settings: [String: Value]
  public var text: String
  /// Nobody said what the message should be: channels may put the event into a form of their own.
  public var isStandard = false
  /// What the workflow says it is about; nil: the channel's own words.
  public var title: String?
  /// What happened.
  public var event: Value

  public init(
    name: String, key: String, channel: String, settings: [String: Value], text: String, event: Value
  ) {
    self.name = name
    self.key = key
    self.channel = channel
    self.settings = settings
    self.text = text
    self.event = event
  }
}

public enum NotificationAnswer: Sendable, Hashable {
  case sent(attempts: Int)
  case failed(attempts: Int, error: String)
}

/// Shows a run to people or programs while it goes on.
public protocol Reporter: AnyObject {
  /// A record that is durable now.
  func record(_ record: StampedRecord)
  /// Output of an attempt as it comes; only where ``wantsOutput``.
  func output(step: String, attempt: Int, bytes: [UInt8])
  /// The end of an attempt's output, when it failed.
  func failureTail(step: String, attempt: Int, tail: String)
  func warning(_ text: String)
  func resized()
  /// At most this often between records (live view); nil: never.
  var refreshInterval: Span? { get }
  func refresh(now: Instant)
  /// The run is being interrupted: so many steps are asked to end, and killed after the grace at the latest.
  func stopping(_ count: Int, grace: Span)
}

extension Reporter {
  public func stopping(_ count: Int, grace: Span) {}
}
