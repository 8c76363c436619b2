import BatonModel

/// What came of executing the durable bodies of a run against its records, without touching the world.
public struct Replay: Sendable {
  /// An operation that a body asked for, beside what the records tell of it.
  public struct Asked: Sendable {
    public enum Answer: Sendable, Hashable {
      /// It was done, with this result.
      case recorded(OperationResult)
      /// It was asked for then, and no record tells of its end.
      case open
      /// No record tells of it.
      case new
      /// The records tell of something else.
      case contradicted
    }

    public var kind: OperationKind
    public var key: String
    public var text: String
    /// The line of the script as it is now.
    public var line: Int32
    public var answer: Answer

    public init(kind: OperationKind, key: String, text: String, line: Int32, answer: Answer) {
      self.kind = kind
      self.key = key
      self.text = text
      self.line = line
      self.answer = answer
    }
  }

  /// How the execution of a body ended.
  public enum Ending: Sendable {
    case returned([String: Value])
    case ended(Outcome)
    /// It waits for these operations, of whose end no record tells.
    case waits([String])
    /// It asks for the last operation of its ``Body/asked``, which has no record: from here on it is not replayed.
    case goesOn
    /// - reruns: its step says that it may (`on_divergence = "rerun"`).
    case diverges(String, reruns: Bool)
  }

  public struct Body: Sendable {
    /// The step's full name.
    public var name: String
    public var place: SourcePlace
    public var asked: [Asked]
    public var ending: Ending
    /// How the records say that it ended; nil: they do not.
    public var recorded: StepStatus?
    public var reason: String?

    public init(
      name: String, place: SourcePlace, asked: [Asked], ending: Ending, recorded: StepStatus? = nil,
      reason: String? = nil
    ) {
      self.name = name
      self.place = place
      self.asked = asked
      self.ending = ending
      self.recorded = recorded
      self.reason = reason
    }

    /// What contradicts the records, as a message; nil: nothing does.
    public var divergence: String? {
      switch ending {
      case .diverges(let message, _): message
      case .ended(let outcome) where recorded?.isSuccess == true:
        """
        the body of "\(name)" ends in another way than its records tell
          recorded: \(recorded?.rawValue ?? "")
          now:      \(outcome.text)
        """
      case .returned, .ended, .waits, .goesOn: nil
      }
    }

    /// Where it diverges.
    public var divergesAt: SourcePlace? {
      guard divergence != nil else { return nil }
      guard case .contradicted? = asked.last?.answer, let line = asked.last?.line else { return place }
      return SourcePlace(file: place.file, line: line)
    }

    /// How many operations took their results from the records.
    public var replayed: Int {
      asked.count { if case .recorded = $0.answer { true } else { false } }
    }
  }

  /// A step that a resumption would run again because the script says something else now.
  public struct Change: Sendable {
    public var step: String
    public var reason: String
    public var differences: [(name: String, before: String?, now: String?)]

    public init(step: String, reason: String, differences: [(name: String, before: String?, now: String?)]) {
      self.step = step
      self.reason = reason
      self.differences = differences
    }
  }

  public var run: String
  public var workflow: String
  public var status: RunStatus
  /// In the order of the script; what is nested comes behind what it is nested in.
  public var bodies: [Body] = []
  public var changes: [Change] = []
  /// Why the script can't be read as this run's; nil: it can.
  public var unreadable: String?

  public init(run: String, workflow: String, status: RunStatus) {
    self.run = run
    self.workflow = workflow
    self.status = status
  }

  public var diverges: Bool { unreadable != nil || bodies.contains { $0.divergence != nil } }
}
