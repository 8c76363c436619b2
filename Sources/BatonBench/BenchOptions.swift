/// What was asked for on the command line.
struct BenchOptions {
  var baton = ".build/release/baton"
  /// The folder for what is measured; on the file system that Baton is to be measured on.
  var folder = ".build/bench"
  /// Rounds of a long measurement; a short one (milliseconds) takes ten times as many.
  var rounds = 3
  /// Divides the sizes (of 10,000, 100,000 and 1 GB), for a look in a hurry.
  var divisor = 1
  var only: [String] = []
  /// `doit`, where it is installed.
  var doit: String?
  /// A Python that has DBOS, where it is installed.
  var dbos: String?
  var json = false
  var help = false

  static let usage = """
    usage: scripts/bench [--json] [--rounds N] [--only WORK]… [--divisor N] [--folder DIR] [--baton FILE] [--doit FILE] [--dbos PYTHON]

    Measures Baton and its peers in turn, in fresh folders on the same file system, and prints medians, ratios and targets.
    WORK is one of: \(WorkList.keys.joined(separator: ", ")).
    Ends with 1 when a target was missed.
    """

  init(_ arguments: [String]) throws(BenchError) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      switch word {
      case "--json": json = true
      case "--help", "-h": help = true
      case "--rounds": rounds = try Self.positive(word, rest.popFirst())
      case "--divisor": divisor = try Self.positive(word, rest.popFirst())
      case "--folder": folder = try Self.text(word, rest.popFirst())
      case "--baton": baton = try Self.text(word, rest.popFirst())
      case "--doit": doit = try Self.text(word, rest.popFirst())
      case "--dbos": dbos = try Self.text(word, rest.popFirst())
      case "--only":
        let key = try Self.text(word, rest.popFirst())
        guard WorkList.keys.contains(key) else {
          throw BenchError("no work named \(key); there are \(WorkList.keys.joined(separator: ", "))")
        }
        only.append(key)
      default: throw BenchError("unknown argument \(word)\n\(Self.usage)")
      }
    }
  }

  private static func text(_ option: String, _ word: String?) throws(BenchError) -> String {
    guard let word else { throw BenchError("\(option) needs a value") }
    return word
  }

  private static func positive(_ option: String, _ word: String?) throws(BenchError) -> Int {
    guard let number = Int(try text(option, word)), number > 0 else {
      throw BenchError("\(option) needs a number above 0")
    }
    return number
  }
}

/// A measurement could not be made.
struct BenchError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
