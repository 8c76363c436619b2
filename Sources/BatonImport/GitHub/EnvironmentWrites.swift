/// What a step's text writes to GITHUB_ENV, for the steps after it.
struct EnvironmentWrites {
  private static let file = "GITHUB_ENV"

  private let bytes: [UInt8]
  /// Names that stand in it.
  private var names: Set<String> = []
  /// Whether it may set other variables, too.
  private(set) var isOpen = false

  /// The end of the value of several lines that is being written.
  private var end: String?
  /// Whether the last line was begun only.
  private var isWithinLine = false

  /// Nil: it writes nothing there.
  init?(_ text: String) {
    guard text.contains(Self.file) else { return nil }
    bytes = Array(text.utf8)
    do throws(ShellReader.Failure) {
      look(at: try ShellReader.read(Self.withoutExpressions(text)), isWritten: false)
      if end != nil { isOpen = true }
    } catch {
      isOpen = true
    }
  }

  /// What stands in place of an expression is a variable like others.
  private static func withoutExpressions(_ text: String) -> String {
    guard let parts = try? TextPart.parts(of: text) else { return text }
    return parts.map { if case .text(let text) = $0 { text } else { "${_}" } }.joined()
  }

  /// Whether it may set a variable that is declared: where it may set any, one that stands in it as a word.
  func mayChange(_ name: String) -> Bool { isOpen ? hasWord(name) : names.contains(name) }

  /// Whether it may stand in the name of a shell's variable.
  static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
    default: false
    }
  }

  private func hasWord(_ name: String) -> Bool {
    let word = Array(name.utf8)
    var start = 0
    while !word.isEmpty, start + word.count <= bytes.count {
      let end = start + word.count
      let isWord =
        !bytes[..<start].suffix(1).contains(where: Self.isOfName)
        && !bytes[end...].prefix(1).contains(where: Self.isOfName)
      if isWord, bytes[start...].starts(with: word) { return true }
      start += 1
    }
    return false
  }

  // MARK: Commands

  /// Commands that only look at the files that they name.
  private static let readers: Set<String> = [
    "cat", "echo", "printf", "source", ".", "[", "[[", "test", "ls", "grep", "head", "tail", "wc", "touch", "stat",
  ]
  /// Commands that write nothing.
  private static let silent: Set<String> = [
    ":", "true", "false", "cd", "export", "local", "declare", "readonly", "unset", "exit", "return", "break",
    "continue", "shift", "read", "for", "case", "[", "[[", "test", "mkdir", "rm", "sleep", "fi", "done", "esac",
  ]
  /// Words that end what writes: the commands before them do.
  private static let ends: Set<String> = ["fi", "done", "esac"]
  /// Commands that write what they read.
  private static let copiers: Set<String> = ["tee", "out-file", "add-content", "set-content"]

  /// - Parameter isWritten: whether what they write goes to the file.
  private mutating func look(at list: [ShellReader.Pipeline], isWritten: Bool) {
    for pipeline in list {
      for (position, command) in pipeline.enumerated() {
        let next = position + 1 < pipeline.count ? pipeline[position + 1] : nil
        let isLast = next == nil
        let isOwn = Self.isTarget(command) || next.map(Self.isCopier) == true
        look(at: command, isWritten: isOwn || isLast && isWritten, isOwn: isOwn, isFirst: position == 0)
      }
    }
  }

  private static func isTarget(_ command: ShellReader.Command) -> Bool {
    command.targets.contains { $0.contains(file) }
  }

  private static func words(of command: ShellReader.Command) -> ArraySlice<ShellReader.Word> {
    command.words.drop { !$0.isQuoted && ShellReader.keywords.contains($0.text) }
  }

  /// Whether it copies to the file what it reads.
  private static func isCopier(_ command: ShellReader.Command) -> Bool {
    let words = words(of: command)
    return copiers.contains(words.first?.text.lowercased() ?? "")
      && words.dropFirst().contains { $0.text.contains(file) }
  }

  /// - Parameter isOwn: whether it goes there from this command, not from those around it.
  private mutating func look(at command: ShellReader.Command, isWritten: Bool, isOwn: Bool, isFirst: Bool) {
    look(at: command.group, isWritten: isWritten)
    let words = Array(Self.words(of: command))
    if let input = command.input, input.contains(Self.file), !isWritten { isOpen = true }
    guard let name = words.first?.text else { return }
    if Self.isCopier(command) {
      if let input = command.input { return write(input) }
      if isFirst { writeUnknown() }
      return
    }
    if words.contains(where: { $0.text.contains(Self.file) && !Self.isRead($0.text, by: name) }) { isOpen = true }
    guard isWritten else { return }
    switch name {
    case "echo": echo(words.dropFirst().map(\.text))
    case "printf": printf(Array(words.dropFirst().map(\.text)))
    case "cat" where command.input != nil && words.dropFirst().allSatisfy({ $0.text == "-" }):
      write(command.input ?? "")
    case _ where Self.ends.contains(name) && isOwn: writeUnknown()
    case "set" where words.count > 1: break
    case _ where Self.silent.contains(name): break
    case _ where words.count == 1 && words[0].isQuoted: write(name)
    case _ where words.allSatisfy({ !$0.isQuoted && $0.text.contains("=") }): break
    default: writeUnknown()
    }
  }

  private static func isRead(_ word: String, by command: String) -> Bool {
    readers.contains(command) && !word.contains("$(") && !word.contains("`")
  }

  // MARK: What they write

  private mutating func echo(_ words: [String]) {
    let options = words.prefix { $0.count > 1 && $0.hasPrefix("-") && $0.dropFirst().allSatisfy { "neE".contains($0) } }
    let text = words.dropFirst(options.count).joined(separator: " ")
    write(options.contains { $0.contains("e") } ? text.replacing("\\n", with: "\n") : text)
    isWithinLine = !text.isEmpty && options.contains { $0.contains("n") }
  }

  private mutating func printf(_ words: [String]) {
    let words = words.first == "--" ? Array(words.dropFirst()) : words
    guard let form = words.first, form != "-v" else { return }
    let lines = form.replacing("\\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines {
      if line == "%s" || line == "%b" {
        for word in words.dropFirst() { write(word) }
      } else {
        write(line: String(line), isForm: true)
      }
    }
    isWithinLine = lines.last?.isEmpty == false
  }

  private mutating func write(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { write(line: String(line)) }
  }

  /// - Parameter isForm: `%` stands for something else.
  private mutating func write(line: String, isForm: Bool = false) {
    if let end {
      if Self.plain(line) == end { self.end = nil }
      return
    }
    if isWithinLine {
      isWithinLine = false
      return
    }
    let name = line.prefix { $0 != "=" && $0 != "<" }
    if name.contains(where: { $0 == "$" || $0 == "`" || isForm && $0 == "%" }) { isOpen = true }
    let rest = line.dropFirst(name.count)
    if !rest.isEmpty { names.insert(String(name)) }
    if rest.hasPrefix("<<") { end = Self.plain(String(rest.dropFirst(2))) }
  }

  private mutating func writeUnknown() {
    if end == nil, !isWithinLine { isOpen = true }
    isWithinLine = false
  }

  /// `${EOF}` is `$EOF`.
  private static func plain(_ text: String) -> String {
    text.trimmed.filter { $0 != "{" && $0 != "}" }
  }
}
