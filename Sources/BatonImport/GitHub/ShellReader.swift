/// Reads a shell's text as far as it takes to see what its commands write, and where to.
///
/// Words keep their expansions as they are written, without quotes. All forms of branches and loops are commands that
/// stand one after the other.
struct ShellReader {
  struct Word {
    var text: String
    /// Whether it begins with a quote.
    var isQuoted: Bool
  }

  /// Commands with `|` between them.
  typealias Pipeline = [Command]

  struct Command {
    private(set) var words: [Word] = []
    /// Files that its output goes to.
    var targets: [String] = []
    /// What it reads, where that stands in the text.
    var input: String?
    /// Commands between brackets.
    var group: [Pipeline] = []

    fileprivate var document: Int?
    fileprivate var isEmpty: Bool {
      words.isEmpty && targets.isEmpty && group.isEmpty && input == nil && document == nil
    }
    /// Whether its program may stand here: there are only keywords before.
    fileprivate private(set) var isAtStart = true
    fileprivate var isFunction: Bool { words.first?.text == "function" }

    fileprivate mutating func append(_ word: Word) {
      if word.isQuoted || !ShellReader.keywords.contains(word.text) { isAtStart = false }
      words.append(word)
    }
  }

  /// It is nested too deeply, or a quote is not closed.
  struct Failure: Error {}

  /// What a command may stand behind.
  static let keywords: Set<String> = ["if", "then", "elif", "else", "while", "until", "do", "!", "time", "sudo"]

  /// How deep brackets may stand in one another.
  private static let deepest = 100

  private let bytes: [UInt8]
  private var position = 0
  /// How many expansions it is within.
  private var nested = 0
  private var documents: [String] = []
  /// Documents whose lines begin behind this one.
  private var awaited: [(end: String, isIndented: Bool)] = []

  static func read(_ text: String) throws(Failure) -> [Pipeline] {
    var reader = ShellReader(bytes: Array(text.utf8))
    let list = try reader.list(until: nil, depth: 0)
    return reader.filled(list)
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func filled(_ list: [Pipeline]) -> [Pipeline] {
    list.map { pipeline in
      pipeline.map { command in
        var command = command
        if let document = command.document, document < documents.count { command.input = documents[document] }
        command.group = filled(command.group)
        return command
      }
    }
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  private static func isBlank(_ byte: UInt8?) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  private mutating func skipBlanks() {
    while Self.isBlank(peek()) { position += 1 }
  }

  // MARK: Commands

  private mutating func list(until end: UInt8?, depth: Int) throws(Failure) -> [Pipeline] {
    guard depth < Self.deepest else { throw Failure() }
    var list: [Pipeline] = []
    var pipeline: Pipeline = []
    var command = Command()
    /// How many `case` are open.
    var cases = 0
    func endCommand() {
      if !command.isEmpty { pipeline.append(command) }
      command = Command()
    }
    func endPipeline() {
      endCommand()
      if !pipeline.isEmpty { list.append(pipeline) }
      pipeline = []
    }
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: "\\") where peek(1) == UInt8(ascii: "\n"): position += 2
      case UInt8(ascii: "\n"):
        position += 1
        readDocuments()
        // Behind `|` a command goes on.
        if !command.isEmpty || pipeline.isEmpty { endPipeline() }
      case UInt8(ascii: "#"): while let next = peek(), next != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: ";"):
        position += 1
        endPipeline()
      case UInt8(ascii: "&"):
        position += 1
        if peek() != UInt8(ascii: ">") { endPipeline() }
      case UInt8(ascii: "|"):
        position += 1
        if peek() == UInt8(ascii: "|") { endPipeline() } else { endCommand() }
        if peek() == UInt8(ascii: "|") || peek() == UInt8(ascii: "&") { position += 1 }
      case UInt8(ascii: "("):
        position += 1
        let inner = try self.list(until: UInt8(ascii: ")"), depth: depth + 1)
        // `name()` declares a function.
        if inner.isEmpty { command = Command() } else { command.group += inner }
      case UInt8(ascii: ")"):
        position += 1
        endPipeline()
        // Behind a pattern of `case`, too.
        if byte == end, cases == 0 { return list }
      case UInt8(ascii: "<"): try input(&command)
      case UInt8(ascii: ">"):
        while let next = peek(), [0x3E, 0x7C, 0x26].contains(next) { position += 1 }
        skipBlanks()
        if let target = try word() { command.targets.append(target.text) }
      default:
        guard let word = try word() else { break }
        if word.isQuoted {
          command.append(word)
        } else if word.text == "{", command.isAtStart || command.isFunction {
          let inner = try self.list(until: UInt8(ascii: "}"), depth: depth + 1)
          if command.isFunction { command = Command() }
          command.group += inner
        } else if word.text == "}", command.words.isEmpty {
          endPipeline()
          if end == UInt8(ascii: "}") { return list }
        } else if peek() == UInt8(ascii: "<") || peek() == UInt8(ascii: ">"),
          !word.text.isEmpty, word.text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        {
          // Which of its outputs.
        } else {
          if command.isAtStart, word.text == "case" { cases += 1 }
          if command.isAtStart, word.text == "esac", cases > 0 { cases -= 1 }
          command.append(word)
        }
      }
    }
    endPipeline()
    return list
  }

  private mutating func input(_ command: inout Command) throws(Failure) {
    position += 1
    guard peek() == UInt8(ascii: "<") else {
      if peek() == UInt8(ascii: "&") || peek() == UInt8(ascii: ">") { position += 1 }
      skipBlanks()
      _ = try word()
      return
    }
    position += 1
    if peek() == UInt8(ascii: "<") {
      position += 1
      skipBlanks()
      command.input = try word()?.text ?? ""
      return
    }
    let isIndented = peek() == UInt8(ascii: "-")
    if isIndented { position += 1 }
    skipBlanks()
    guard let end = try word() else { return }
    command.document = documents.count + awaited.count
    awaited.append((end.text, isIndented))
  }

  private mutating func readDocuments() {
    for (end, isIndented) in awaited {
      var lines: [String] = []
      while position < bytes.count {
        let stop = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        var line = bytes[position..<stop]
        position = min(stop + 1, bytes.count)
        if isIndented { line = line.drop { $0 == UInt8(ascii: "\t") } }
        let text = String(decoding: line, as: UTF8.self)
        if text == end { break }
        lines.append(text)
      }
      documents.append(lines.joined(separator: "\n"))
    }
    awaited = []
  }

  // MARK: Words

  private mutating func word() throws(Failure) -> Word? {
    let first = peek()
    let start = position
    var text: [UInt8] = []
    scan: while let byte = peek() {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: ";"),
        UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "("),
        UInt8(ascii: ")"):
        break scan
      case UInt8(ascii: "'"):
        guard let end = bytes[(position + 1)...].firstIndex(of: byte) else { throw Failure() }
        text += bytes[(position + 1)..<end]
        position = end + 1
      case UInt8(ascii: "\""):
        position += 1
        try quoted(&text)
      default: try letter(&text)
      }
    }
    guard position > start else { return nil }
    return Word(
      text: String(decoding: text, as: UTF8.self), isQuoted: first == UInt8(ascii: "'") || first == UInt8(ascii: "\""))
  }

  /// Up to the closing quote.
  private mutating func quoted(_ text: inout [UInt8]) throws(Failure) {
    while let byte = peek() {
      if byte == UInt8(ascii: "\"") {
        position += 1
        return
      }
      if byte == UInt8(ascii: "\\"), let next = peek(1), ![0x22, 0x24, 0x5C, 0x60, 0x0A].contains(next) {
        text.append(byte)
        position += 1
      } else {
        try letter(&text)
      }
    }
    throw Failure()
  }

  /// A letter, what a backslash stands before, or an expansion.
  private mutating func letter(_ text: inout [UInt8]) throws(Failure) {
    guard let byte = peek() else { return }
    switch (byte, peek(1)) {
    case (UInt8(ascii: "\\"), let next?):
      if next != UInt8(ascii: "\n") { text.append(next) }
      position += 2
    case (UInt8(ascii: "$"), UInt8(ascii: "(")?): try expansion(UInt8(ascii: "("), UInt8(ascii: ")"), &text)
    case (UInt8(ascii: "$"), UInt8(ascii: "{")?): try expansion(UInt8(ascii: "{"), UInt8(ascii: "}"), &text)
    case (UInt8(ascii: "`"), _):
      let end = bytes[(position + 1)...].firstIndex(of: byte) ?? position
      text += bytes[position...end]
      position = end + 1
    default:
      text.append(byte)
      position += 1
    }
  }

  /// `$(…)` and `${…}`, with what is nested in them.
  private mutating func expansion(_ open: UInt8, _ close: UInt8, _ text: inout [UInt8]) throws(Failure) {
    guard nested < Self.deepest else { throw Failure() }
    nested += 1
    defer { nested -= 1 }
    let start = position
    var inner: [UInt8] = []
    position += 2
    var depth = 1
    while depth > 0 {
      guard let byte = peek() else { throw Failure() }
      position += 1
      switch byte {
      case open: depth += 1
      case close: depth -= 1
      case UInt8(ascii: "\\"): position += 1
      case UInt8(ascii: "\""): try quoted(&inner)
      case UInt8(ascii: "'") where open == UInt8(ascii: "("):
        guard let end = bytes[position...].firstIndex(of: byte) else { throw Failure() }
        position = end + 1
      default: break
      }
    }
    position = min(position, bytes.count)
    text += bytes[start..<position]
  }
}
