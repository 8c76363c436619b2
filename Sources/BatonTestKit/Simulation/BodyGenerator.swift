import BatonModel

/// Makes random programs of durable bodies.
struct BodyGenerator {
  var random: SplitMix64
  /// Nothing in them depends on what ends first.
  let isExact: Bool
  private var names = 0

  init(random: SplitMix64, isExact: Bool) {
    self.random = random
    self.isExact = isExact
  }

  mutating func program() -> [BodyAct] { acts(1 + random.below(4), depth: 0) }

  private mutating func acts(_ count: Int, depth: Int) -> [BodyAct] { (0..<count).map { _ in act(depth) } }

  private mutating func name() -> String {
    names += 1
    return "c\(names)"
  }

  private mutating func several() -> [String] { (0..<(2 + random.below(2))).map { _ in name() } }

  private mutating func act(_ depth: Int) -> BodyAct {
    switch random.below(100) {
    case ..<28: return .step(name())
    case ..<38: return .effect(name())
    case ..<46: return .sleep(Span(milliseconds: Int64(1 + random.below(300))))
    case ..<54: return .all(several())
    case ..<62: return .map(several() + several(), max: 1 + random.below(2))
    case ..<72: return .undo
    case ..<75: return .undoBody([.step(name()), .effect(name())])
    case ..<84 where depth < 2:
      return .attempt(acts(1 + random.below(2), depth: depth + 1), otherwise: acts(random.below(2), depth: depth + 1))
    case ..<91 where depth < 2: return .body(name(), acts(1 + random.below(3), depth: depth + 1))
    case ..<94: return isExact ? .fail("it says so") : .any(several())
    case ..<97: return isExact ? .step(name()) : .start(name())
    case 97: return isExact ? .effect(name()) : .halt("it says so")
    default: return .step(name())
    }
  }
}
