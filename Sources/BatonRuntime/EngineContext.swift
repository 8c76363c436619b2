import BatonCore
import BatonModel

/// Where a run lives, and what it may know of the world.
public struct EngineContext {
  public var run: String
  public var folder: RunFolder
  /// The folder of the workflow's file, absolute: where steps run unless they say otherwise.
  public var scriptFolder: String
  /// The value of a secret by its name; nil when it is not set.
  public var secret: (String) -> String?
  /// The values of all secrets that the workflow names: masked wherever they could be seen.
  public var secrets: [String] = []
  /// What the gates measured in the newest runs of the branch that succeeded: gate → metric → values, the newest first.
  public var baseline: () -> [String: [String: [Double]]]
  /// The cases of these steps that fail now and did not in the last run of the branch.
  public var newFailures: ([String]) -> GateEvaluation.NewFailures? = { _ in nil }
  /// What earlier runs and the repository tell of tests, for a step or group.
  public var testFacts: (String) -> TestFacts = { TestFacts(near: $0) }
  /// Which of the tests of a step (without its shard) the changes can affect that the run is limited to. `inputs` are the globs
  /// that the step declares, relative to its folder; nil: none.
  public var testImpact:
    (_ tests: [String], _ step: String, _ inputs: [String]?, _ folder: String, ChangedFiles) -> TestImpact? = {
      _, _, _, _, _ in nil
    }
  /// Names of cases that earlier runs found in several files, by their hash.
  public var sharedNames: () -> Set<UInt64> = { [] }
  /// How long a function of the script may take.
  public var callLimit = Span(seconds: 10)
  /// Caches are not asked, but written.
  public var noCache = false
  /// The project's folder, absolute.
  public var project = ""
  /// For the runs of called workflows: how many steps at once.
  public var jobs: Int?
  /// The workflows that called this one, outermost first, and this one itself.
  public var callers: [String] = []
  /// Asks another run of the project to end.
  public var cancelRun: (String) -> Void = { _ in }
  /// Asks all runs of the workflow whether a message may leave. Asked again under the same key, it answers the same.
  public var claimNotice: (NoticeClaim) throws(BatonError) -> NoticeClaim.Answer = { claim throws(BatonError) in
    claim.held.isEmpty ? .nothing : .granted([])
  }
  /// How long a finished step that is quick to repeat may wait for others, to be written with them.
  public var linger = Span(milliseconds: 10)
  /// How many durable bodies that wait are kept in memory; of more, those that can be executed again are not.
  public var bodiesInMemory = 16_384
  /// The records of each event are written by themselves: for those who look at every state that a run can be left in.
  public var writesEachEvent = false

  public init(
    run: String, folder: RunFolder, scriptFolder: String, secret: @escaping (String) -> String?,
    baseline: @escaping () -> [String: [String: [Double]]]
  ) {
    self.run = run
    self.folder = folder
    self.scriptFolder = scriptFolder
    self.secret = secret
    self.baseline = baseline
  }
}

/// All that an engine works with.
public struct EnginePorts {
  public var journal: any Journal
  public var reactor: any Reactor
  public var executor: any Executor
  public var host: any ScriptHost
  public var cache: any FileCache
  public var results: any ResultKeeper
  public var notifier: any Notifier
  public var reporter: any Reporter
  public var places: any ServicePlaces

  public init(
    journal: any Journal, reactor: any Reactor, executor: any Executor, host: any ScriptHost, cache: any FileCache,
    results: any ResultKeeper, notifier: any Notifier, reporter: any Reporter, places: any ServicePlaces = NoPlaces()
  ) {
    self.places = places
    self.journal = journal
    self.reactor = reactor
    self.executor = executor
    self.host = host
    self.cache = cache
    self.results = results
    self.notifier = notifier
    self.reporter = reporter
  }
}
