import BatonModel

extension RunFacts {
  /// What is known of one step.
  ///
  /// There may be a hundred thousand: what most of them do without stands in a place of its own, and so does the end, because
  /// the rest is looked at often.
  public struct Step: Sendable {
    private var endBox: EndBox?
    private var box: Box?
    /// When the first attempt of this session started.
    public var firstStart: Instant?
    private var attemptCount: Int32 = 0
    /// Whether the last attempt was written ahead and has no end.
    public var isOpen = false
    /// Whether a process of it is known to have been there.
    public var wasStarted = false

    /// The number of the last attempt of which anything is known.
    public var attempts: Int {
      get { Int(attemptCount) }
      set { attemptCount = Int32(clamping: newValue) }
    }

    /// How it ended, in the session that goes on or an earlier one.
    public var end: StepEnd? {
      get { endBox?.value }
      set { endBox = newValue.map(EndBox.init) }
    }

    /// The attempt of which the last record of its being cut off tells.
    public var cutOff: Int? {
      get { box?.value.cutOff }
      set { if newValue != nil || box != nil { more.cutOff = newValue } }
    }
    /// The attempt that was about to start when the driver died, of which no more is known.
    public var perhapsCutOff: Int? {
      get { box?.value.perhapsCutOff }
      set { if newValue != nil || box != nil { more.perhapsCutOff = newValue } }
    }
    /// Attempts that failed with the current alternative, in this session.
    public var failures: Int {
      get { box?.value.failures ?? 0 }
      set { if newValue != 0 || box != nil { more.failures = newValue } }
    }
    /// The alternative that is being tried; nil: the step itself.
    public var alternative: Int? {
      get { box?.value.alternative }
      set { if newValue != nil || box != nil { more.alternative = newValue } }
    }
    /// Not before this moment.
    public var retryAt: Instant? {
      get { box?.value.retryAt }
      set { if newValue != nil || box != nil { more.retryAt = newValue } }
    }
    /// The last attempt that failed and was to be followed by another.
    public var lastFailure: AttemptEnd? {
      get { box?.value.lastFailure }
      set { if newValue != nil || box != nil { more.lastFailure = newValue } }
    }
    public var checkpoint: Value? {
      get { box?.value.checkpoint }
      set { if newValue != nil || box != nil { more.checkpoint = newValue } }
    }
    /// How often its work was begun from scratch, because what it is made of changed or a person said so.
    public var generation: Int {
      get { box?.value.generation ?? 0 }
      set { if newValue != 0 || box != nil { more.generation = newValue } }
    }
    public var metrics: [String: Double] {
      get { box?.value.metrics ?? [:] }
      set { if !newValue.isEmpty || box != nil { more.metrics = newValue } }
      _modify { yield &more.metrics }
    }
    /// What the results of its last attempt say.
    public var results: Measured? {
      get { box?.value.results }
      set { if newValue != nil || box != nil { more.results = newValue } }
    }
    /// What the next attempt is handed of the last one that failed: the tests that it has to run again.
    public var handover: Handover? {
      get { box?.value.handover }
      set { if newValue != nil || box != nil { more.handover = newValue } }
    }
    /// Items files of the attempts of this session's work, oldest first.
    public var earlierResults: [String] {
      get { box?.value.earlierResults ?? [] }
      set { if !newValue.isEmpty || box != nil { more.earlierResults = newValue } }
      _modify { yield &more.earlierResults }
    }

    /// Everything that it reported, by name: what its command told, and what its results say.
    public var measurements: [String: Double] {
      guard let results else { return metrics }
      return metrics.merging(results.summary.metrics) { _, read in read }
    }

    /// Set by hand (`--set`), or skipped by hand (`--skip`).
    public var repair: Repair? {
      get { box?.value.repair }
      set { if newValue != nil || box != nil { more.repair = newValue } }
    }
    /// Of a durable body: what it did is being undone.
    public var undoing: Undoing? {
      get { box?.value.undoing }
      set { if newValue != nil || box != nil { more.undoing = newValue } }
    }

    /// The number of the last attempt where it was, or may have been, cut off. Starts of steps that must not be repeated
    /// blindly are not written ahead, so that one which is written may have happened.
    var lastCutOff: Int? {
      guard box != nil else { return nil }
      if let cutOff, cutOff == attempts { return cutOff }
      if let perhapsCutOff, perhapsCutOff == attempts + 1 { return perhapsCutOff }
      return nil
    }

    /// What the attempt behind one that ended like this is handed; nil: it runs everything.
    func handover(after end: AttemptEnd) -> Handover? {
      guard let results, results.attempt == end.number, let handover = results.summary.handover, handover.cases > 0
      else { return nil }
      return switch end.outcome {
      case .exited, .failed: handover
      // It may have been ended in the middle of its tests.
      case .succeeded, .signaled, .timedOut, .deadlinePassed, .cancelled, .interrupted, .lost, .unstartable,
        .scriptError,
        .halted:
        nil
      }
    }

    /// An attempt starts: what the last one measured counts no more.
    mutating func begin() {
      guard box != nil else { return }
      more.retryAt = nil
      more.metrics = [:]
      more.results = nil
    }

    /// It has ended: nothing is waited for, and what a person wanted of it is done.
    mutating func clearWaits() {
      guard box != nil else { return }
      more.retryAt = nil
      more.repair = nil
      more.handover = nil
    }

    private struct More: Sendable {
      var cutOff: Int?
      var perhapsCutOff: Int?
      var failures = 0
      var alternative: Int?
      var retryAt: Instant?
      var lastFailure: AttemptEnd?
      var checkpoint: Value?
      var generation = 0
      var metrics: [String: Double] = [:]
      var results: Measured?
      var earlierResults: [String] = []
      var handover: Handover?
      var repair: Repair?
      var undoing: Undoing?
    }

    private final class Box: @unchecked Sendable {
      // Sound because it is changed only where this step alone refers to it.
      var value: More
      init(_ value: More) { self.value = value }
    }

    private final class EndBox: Sendable {
      let value: StepEnd
      init(_ value: StepEnd) { self.value = value }
    }

    private var more: More {
      get { box?.value ?? More() }
      _modify {
        if !isKnownUniquelyReferenced(&box) { box = Box(box?.value ?? More()) }
        let own = box ?? Box(More())
        yield &own.value
      }
    }
  }
}
