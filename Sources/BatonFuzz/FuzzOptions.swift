/// What was asked for on the command line.
struct FuzzOptions {
  var seed: UInt64 = 1
  var rounds = 20_000
  /// Where the text that is being read is kept, so that it is there after a crash.
  var folder = ".build/fuzz"
  private var names: [String] = []

  init(_ arguments: [String]) throws(FuzzError) {
    var rest = arguments[...]
    func number(_ option: String, _ word: String?) throws(FuzzError) -> UInt64 {
      guard let word, let number = UInt64(word) else { throw FuzzError("\(option) needs a number") }
      return number
    }
    while let word = rest.popFirst() {
      switch word {
      case "--seed": seed = try number(word, rest.popFirst())
      case "--rounds": rounds = Int(clamping: try number(word, rest.popFirst()))
      case "--folder":
        guard let given = rest.popFirst() else { throw FuzzError("--folder needs a folder") }
        folder = given
      case _ where !word.hasPrefix("-"): names.append(word)
      default:
        throw FuzzError(
          "unknown option \(word)\nusage: scripts/fuzz [--seed N] [--rounds N] [--folder DIR] [SUBJECT…]; "
            + "subjects: \(Subject.all.map(\.name).joined(separator: ", "))")
      }
    }
  }

  func subjects() throws(FuzzError) -> [Subject] {
    guard !names.isEmpty else { return Subject.all }
    var chosen: [Subject] = []
    for name in names {
      guard let subject = Subject.all.first(where: { $0.name == name }) else {
        throw FuzzError("no subject \(name); there are \(Subject.all.map(\.name).joined(separator: ", "))")
      }
      chosen.append(subject)
    }
    return chosen
  }
}

/// What the fuzzer found, or why it cannot work.
struct FuzzError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
