import BatonCore
import BatonModel

/// What happens in the simulated world, as a pure function of the seed and of what is done: a run that is cut off and
/// carried on meets the same fate as one that is not.
struct Fate: Sendable {
  let seed: UInt64

  /// FNV-1a, 64 bits.
  static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }

  private func word(_ step: UInt64, _ kind: UInt64, _ number: UInt64 = 0) -> UInt64 {
    SplitMix64.mix(SplitMix64.mix(seed ^ step) &+ kind &* 0x9e37_79b9_7f4a_7c15 &+ number)
  }

  /// How the try of a step ends that comes after so many failed ones.
  ///
  /// - Parameters:
  ///   - step: the hash of its name.
  ///   - alternative: 0 for the step itself, then 1, 2, …
  func outcome(_ step: UInt64, alternative: Int, failures: Int, mayHalt: Bool) -> Outcome {
    let character = word(step, 1, UInt64(alternative)) % 100
    if mayHalt, character == 99 { return .halted("said so") }
    // Most succeed at once, some after failures, some never.
    let failuresToCome = character < 58 ? 0 : character < 82 ? 1 + Int(character % 3) : Int.max
    guard failures < failuresToCome else { return .succeeded }
    switch word(step, 2, UInt64(alternative * 16 + failures)) % 12 {
    case ..<6: return .exited(Int32(1 + word(step, 3) % 3))
    case ..<8: return .signaled(9)
    case 8: return .exited(137)
    case 9: return .unstartable("no such program")
    case 10: return .failed("its output could not be read")
    default: return .scriptError("attempt to index a nil value")
    }
  }

  func duration(_ step: UInt64, attempt: Int) -> Span {
    let word = word(step, 4, UInt64(attempt))
    return Span(milliseconds: Int64(word % 20 == 0 ? word % 3000 : word % 120))
  }

  /// What a step emits, made from what it was given.
  func values(_ step: UInt64, command: UInt64, given: [Value]) -> [String: Value] {
    var sum = word(step, 5, command)
    for value in given { sum = SplitMix64.mix(sum &+ UInt64(bitPattern: value.integer ?? 0)) }
    let count = Int(sum % 4)
    return [
      "v": .integer(Int64(sum % 1_000_000)), "list": .list((0..<count).map { .integer(Int64($0)) }),
    ]
  }

  func metrics(_ step: UInt64) -> [(String, Double)] {
    guard word(step, 6) % 100 < 30 else { return [] }
    let score = Double(word(step, 7) % 10)
    return word(step, 8) % 2 == 0 ? [("score", score)] : [("tests", 10), ("failed", score)]
  }

  /// What a person says to a question; nil: nothing at all.
  func approves(_ step: UInt64, _ kind: Question.Kind, person: Int, mayStaySilent: Bool) -> Bool? {
    let word = word(step, 60 + UInt64(kind.rawValue.utf8.count), UInt64(person)) % 100
    if mayStaySilent, word >= 80 { return nil }
    return word < 65
  }

  /// What a person fills in; the same for all, so that it does not matter who is last.
  func filledIn(_ step: UInt64) -> Value { .integer(Int64(word(step, 90) % 1000)) }

  func answersYes(_ node: UInt64, _ question: UInt64) -> Bool { word(node, 9 + question) % 100 < 65 }
}
