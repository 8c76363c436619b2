import BatonModel

/// A durable body that is being executed.
///
/// There may be a hundred thousand that wait: what most of them do without stands in a place of its own.
final class BodyState {
  var started: Instant
  /// Operations that have not ended; empty when it runs.
  var waitsFor = KeySet()
  var isAny = false
  /// Whether it waits, as opposed to being executed.
  var isSuspended = false
  /// It is not executed any more because the run was halted.
  var isHalted = false
  /// Ended since it was last executed.
  var ended: [String] = []
  private var box: Box?

  init(started: Instant) { self.started = started }

  /// What only bodies with children have, and those that end.
  private struct More {
    var races: [String: [String]] = [:]
    var children: [NodeIndex] = []
    var result: AttemptResult?
    var causes: [String] = []
    var cutOff: [NodeIndex] = []
    var unheeded: [String] = []
  }

  private final class Box {
    var value = More()
  }

  private var more: Box {
    if let box { return box }
    let made = Box()
    box = made
    return made
  }

  /// Race → its operations.
  var races: [String: [String]] {
    get { box?.value.races ?? [:] }
    _modify { yield &more.value.races }
  }
  /// The nodes of its child steps that were asked for in this session.
  var children: [NodeIndex] {
    get { box?.value.children ?? [] }
    _modify { yield &more.value.children }
  }
  /// How it ended, while its children still run.
  var result: AttemptResult? {
    get { box?.value.result }
    _modify { yield &more.value.result }
  }
  var causes: [String] {
    get { box?.value.causes ?? [] }
    _modify { yield &more.value.causes }
  }
  /// Children that were ended because it ended.
  var cutOff: [NodeIndex] {
    get { box?.value.cutOff ?? [] }
    _modify { yield &more.value.cutOff }
  }
  /// Child steps whose result it never asked for.
  var unheeded: [String] {
    get { box?.value.unheeded ?? [] }
    _modify { yield &more.value.unheeded }
  }
}
