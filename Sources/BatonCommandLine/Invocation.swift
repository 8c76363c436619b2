import BatonModel

/// What the words of a command line ask for.
public struct Invocation: Sendable {
  public enum Request: Sendable {
    /// Run the command.
    case command
    /// `--help`, `baton help X`: explain the command.
    case explain
    /// `baton`, `baton help`: explain the program.
    case explainAll
    /// `baton help step.retry`: explain what is no command, or a word beside.
    case explainTopic(String)
    case version
  }

  public var request: Request
  public var command: Subcommand.Name
  /// The words that are no options, in order.
  public var arguments: [String] = []
  /// Option → its values; for a switch one empty string each time.
  private var given: [String: [String]] = [:]

  /// Whether the option was given.
  public func has(_ option: Option) -> Bool { given[option.name] != nil }

  /// The value that was given last.
  public func value(_ option: Option) -> String? { given[option.name]?.last }

  /// All values, in order.
  public func values(_ option: Option) -> [String] { given[option.name] ?? [] }

  /// The value as a whole number within limits.
  public func integer(_ option: Option, atLeast least: Int = 0, atMost most: Int = .max) throws(BatonError) -> Int? {
    guard let text = value(option) else { return nil }
    guard let number = Int(text), number >= least, number <= most else {
      let range = most == .max ? "of at least \(least)" : "from \(least) to \(most)"
      throw BatonError(
        .usage, "--\(option.name) must be a whole number \(range), not \"\(text)\"",
        cure: "for example: --\(option.name) \(max(least, 4))")
    }
    return number
  }

  private init(_ request: Request, _ command: Subcommand.Name) {
    self.request = request
    self.command = command
  }
}

extension Invocation {
  /// Reads the words behind the program's name. Throws `.usage` with the nearest right name.
  public static func parse(_ words: [String]) throws(BatonError) -> Invocation {
    var reader = Reader(words: words)
    return try reader.read()
  }

  private struct Reader {
    let words: [String]
    var position = 0
    var found: Invocation
    var command: Subcommand?

    init(words: [String]) {
      self.words = words
      found = Invocation(.explainAll, .help)
    }

    mutating func read() throws(BatonError) -> Invocation {
      var onlyWords = false
      var help = false
      while position < words.count {
        let word = words[position]
        position += 1
        if !onlyWords, word == "--" {
          onlyWords = true
        } else if !onlyWords, word.hasPrefix("--") {
          if word == "--version", command == nil {
            found.request = .version
            return found
          }
          if word == "--help" { help = true } else { try long(word) }
        } else if !onlyWords, word.hasPrefix("-"), word.count > 1, !isNumber(word) {
          if try short(word) { help = true }
        } else if command == nil {
          try choose(word)
        } else {
          found.arguments.append(word)
        }
      }
      return try finish(help: help)
    }

    func finish(help: Bool) throws(BatonError) -> Invocation {
      var found = found
      guard let command else {
        found.request = .explainAll
        return found
      }
      if command.name == .help, let topic = found.arguments.first {
        if found.arguments.count == 1, let name = Subcommand.Name(rawValue: topic), !name.isWord {
          found.command = name
          found.request = .explain
        } else {
          found.request = .explainTopic(found.arguments.joined(separator: "."))
        }
        return found
      }
      if command.name == .help {
        found.request = .explainAll
        return found
      }
      if help {
        found.request = .explain
        return found
      }
      found.request = .command
      let count = command.wordCount
      if found.arguments.count < count.lowerBound {
        let missing = command.arguments.filter { $0.count != .optional }
        let name = missing[min(found.arguments.count, missing.count - 1)].name
        throw BatonError(.usage, "baton \(command.name.rawValue) needs a \(name)", cure: "usage: \(command.usage)")
      }
      if found.arguments.count > count.upperBound {
        throw BatonError(
          .usage, "unexpected argument \"\(found.arguments[count.upperBound])\"", cure: "usage: \(command.usage)")
      }
      return found
    }

    mutating func choose(_ word: String) throws(BatonError) {
      let name = try Self.name(word)
      let chosen = Subcommand.named(name)
      command = chosen
      found.command = name
      for option in found.given.keys where !chosen.allOptions.contains(where: { $0.name == option }) {
        throw unknown("--\(option)")
      }
    }

    static func name(_ word: String) throws(BatonError) -> Subcommand.Name {
      if let name = Subcommand.Name(rawValue: word) { return name }
      throw BatonError(
        .usage, "unknown command \"\(word)\"",
        cure: meant[word] ?? Names.proposal(for: word, in: Subcommand.Name.allCases.map(\.rawValue))
          ?? "\"baton help\" lists the commands")
    }

    /// Words that others use for what a command does, and what is done by no command.
    private static let meant = [
      "simulate": "did you mean \"test\"? it runs specs, which simulate { … } a workflow",
      "lint": "did you mean \"check\"?", "start": "did you mean \"run\"?", "status": "did you mean \"show\"?",
      "list": "did you mean \"runs\"?", "stop": "did you mean \"cancel\"?", "retry": "did you mean \"resume\"?",
      "fmt": formatter, "format": formatter,
    ]
    private static let formatter =
      "there is none: the Lua language server, which baton init sets up, formats scripts, and so does StyLua"

    mutating func long(_ word: String) throws(BatonError) {
      let body = word.dropFirst(2)
      let cut = body.firstIndex(of: "=")
      let name = String(cut.map { body[..<$0] } ?? body)
      guard let option = options.first(where: { $0.name == name }) else { throw unknown("--\(name)") }
      if let cut {
        guard option.value != nil else {
          throw BatonError(.usage, "--\(name) takes no value", cure: "write: --\(name)")
        }
        try give(option, String(body[body.index(after: cut)...]))
      } else if option.value == nil {
        try give(option, "")
      } else {
        try takeValue(of: option, as: word)
      }
    }

    /// Returns whether help was asked for.
    mutating func short(_ word: String) throws(BatonError) -> Bool {
      var rest = word.dropFirst()
      while let letter = rest.first {
        rest = rest.dropFirst()
        if letter == "h" { return true }
        guard let option = options.first(where: { $0.short == letter }) else { throw unknown("-\(letter)") }
        guard option.value != nil else {
          try give(option, "")
          continue
        }
        if rest.isEmpty {
          try takeValue(of: option, as: "-\(letter)")
        } else {
          try give(option, String(rest.first == "=" ? rest.dropFirst() : rest))
        }
        return false
      }
      return false
    }

    mutating func takeValue(of option: Option, as word: String) throws(BatonError) {
      guard position < words.count, isValue(words[position]) else {
        throw BatonError(
          .usage, "\(word) needs a value: \(word) \(option.value ?? "")",
          cure: position < words.count
            ? "a value that begins with \"-\" is written --\(option.name)=\(words[position])" : nil)
      }
      try give(option, words[position])
      position += 1
      guard option.arity == .many, let command else { return }
      while position < words.count, isValue(words[position]), found.arguments.count >= command.wordCount.upperBound {
        try give(option, words[position])
        position += 1
      }
    }

    mutating func give(_ option: Option, _ value: String) throws(BatonError) {
      if !option.choices.isEmpty, !option.choices.contains(value) {
        throw BatonError(
          .usage, "--\(option.name) can't be \"\(value)\"",
          cure: Names.proposal(for: value, in: option.choices) ?? "one of: \(option.choices.joined(separator: ", "))")
      }
      if option.value != nil, option.arity == .once, let before = found.given[option.name]?.first, before != value {
        throw BatonError(.usage, "--\(option.name) is given twice: \"\(before)\" and \"\(value)\"")
      }
      found.given[option.name, default: []].append(value)
    }

    /// Before the command is known, only what every command takes, and `--json`.
    var options: [Option] { command?.allOptions ?? Option.everywhere }

    func unknown(_ word: String) -> BatonError {
      let names = options.map { "--\($0.name)" } + (command == nil ? ["--version"] : [])
      let place = command.map { " of baton \($0.name.rawValue)" } ?? ""
      let list =
        command.map { "\"baton help \($0.name.rawValue)\" lists the options" } ?? "\"baton help\" lists the commands"
      return BatonError(.usage, "unknown option \(word)\(place)", cure: Names.proposal(for: word, in: names) ?? list)
    }

    func isValue(_ word: String) -> Bool { !word.hasPrefix("-") || word == "-" || isNumber(word) }

    func isNumber(_ word: String) -> Bool { word.dropFirst().first.map { $0.isNumber || $0 == "." } ?? false }
  }
}
