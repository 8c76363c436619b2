import BatonModel
import CYAML

/// Reads one YAML document through libyaml's events: anchors, aliases and merge keys are resolved, plain words mean what
/// YAML 1.2 says (`on`, `yes` and `no` are words).
///
/// What aliases repeat is bounded, as is the depth: a small text can't become a large document.
struct YAMLReader {
  /// Nodes of a document, what aliases repeat counted each time.
  static let mostNodes = 200_000
  static let deepest = 100
  /// Bytes.
  static let longest = 4 << 20

  private let file: String
  private let isOctal: Bool
  private var parser = yaml_parser_t()
  private var anchors: [String: Node] = [:]
  private var total = 0

  /// - Throws: what is wrong, with its line and column.
  /// - Parameter octal: `0400` is 256, as in YAML 1.1, which Kubernetes reads.
  static func read(_ text: [UInt8], file: String, octal: Bool = false) throws(Diagnostics) -> Node {
    guard text.count <= longest else {
      throw Diagnostics([
        Diagnostic("\(file) has \(text.count) bytes: more than \(longest) are no workflow", at: SourcePlace(file: file))
      ])
    }
    var reader = YAMLReader(file: file, octal: octal)
    return try reader.document(text)
  }

  private init(file: String, octal: Bool) {
    self.file = file
    isOctal = octal
  }

  private mutating func document(_ text: [UInt8]) throws(Diagnostics) -> Node {
    let result: Result<Node, Diagnostics> = text.withUnsafeBufferPointer { bytes in
      guard yaml_parser_initialize(&parser) == 1 else {
        return .failure(Diagnostics([Diagnostic("libyaml can't be made ready", at: SourcePlace(file: file))]))
      }
      defer { yaml_parser_delete(&parser) }
      // An empty buffer has no address.
      var empty: UInt8 = 0x0A
      return withUnsafePointer(to: &empty) { newline in
        yaml_parser_set_input_string(&parser, bytes.baseAddress ?? newline, bytes.count)
        do throws(Diagnostics) { return .success(try root()) } catch { return .failure(error) }
      }
    }
    return try result.get()
  }

  /// One event, of which everything that is needed was copied.
  private struct Event {
    enum Kind {
      case alias(String)
      case scalar(String, plain: Bool, tag: String?)
      case listStart, listEnd, mapStart, mapEnd, documentEnd, other, end
    }
    var kind: Kind
    var anchor: String?
    var mark: Mark
  }

  private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?, count: Int? = nil) -> String? {
    guard let pointer else { return nil }
    if let count { return String(decoding: UnsafeBufferPointer(start: pointer, count: count), as: UTF8.self) }
    return String(cString: pointer)
  }

  private static func mark(_ mark: yaml_mark_t) -> Mark { Mark(line: Int(mark.line) + 1, column: Int(mark.column) + 1) }

  private mutating func next() throws(Diagnostics) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(&parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    let mark = Self.mark(event.start_mark)
    switch event.type {
    case YAML_ALIAS_EVENT: return Event(kind: .alias(text(event.data.alias.anchor) ?? ""), mark: mark)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      return Event(
        kind: .scalar(
          text(scalar.value, count: scalar.length) ?? "", plain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
          tag: text(scalar.tag)), anchor: text(scalar.anchor), mark: mark)
    case YAML_SEQUENCE_START_EVENT:
      return Event(kind: .listStart, anchor: text(event.data.sequence_start.anchor), mark: mark)
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .listEnd, mark: mark)
    case YAML_MAPPING_START_EVENT:
      return Event(kind: .mapStart, anchor: text(event.data.mapping_start.anchor), mark: mark)
    case YAML_MAPPING_END_EVENT: return Event(kind: .mapEnd, mark: mark)
    case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, mark: mark)
    case YAML_STREAM_END_EVENT: return Event(kind: .end, mark: mark)
    default: return Event(kind: .other, mark: mark)
    }
  }

  private func failure() -> Diagnostics {
    let problem = parser.problem.map { String(cString: $0) } ?? "it is no YAML"
    var mark = Self.mark(parser.problem_mark)
    if parser.error == YAML_READER_ERROR { mark = Mark(line: 0, column: 0) }
    let context = parser.context.map { " " + String(cString: $0) } ?? ""
    let cure: String
    if problem.contains("cannot start any token") {
      cure = "indent with spaces, never with tabs; put words that begin with a special letter between quotes"
    } else if problem.contains("mapping values are not allowed") {
      cure = "a word with \": \" in it needs quotes, or the line above is indented differently"
    } else if problem.contains("did not find expected") {
      cure = "look at the indentation of this line and of those above it, and for a quote or bracket that is not closed"
    } else if problem.contains("undefined alias") || problem.contains("anchor") {
      cure = "an alias *name stands behind its anchor &name"
    } else {
      cure = "look at this line and the one above it"
    }
    return Diagnostics([Diagnostic("bad YAML: \(problem)\(context)", at: mark.place(in: file), cure: cure)])
  }

  private func wrong(_ message: String, _ mark: Mark, cure: String? = nil) -> Diagnostics {
    Diagnostics([Diagnostic(message, at: mark.place(in: file), cure: cure)])
  }

  private mutating func root() throws(Diagnostics) -> Node {
    while true {
      let event = try next()
      switch event.kind {
      case .other: continue
      case .end, .documentEnd: throw wrong("the document is empty", Mark(line: 1, column: 1))
      default:
        let node = try node(event, depth: 0)
        // Whatever follows must be YAML too; a second document is none of a workflow's.
        while true {
          let rest = try next()
          switch rest.kind {
          case .end: return node
          case .documentEnd, .other: continue
          default:
            throw wrong(
              "a second document begins here", rest.mark, cure: "only one is read: let the other be a file of its own")
          }
        }
      }
    }
  }

  private mutating func count(_ size: Int, _ mark: Mark) throws(Diagnostics) {
    let (sum, overflow) = total.addingReportingOverflow(size)
    total = sum
    if overflow || sum > Self.mostNodes {
      throw wrong("more than \(Self.mostNodes) values, with what aliases repeat", mark, cure: "use fewer aliases")
    }
  }

  private mutating func node(_ event: Event, depth: Int) throws(Diagnostics) -> Node {
    guard depth < Self.deepest else { throw wrong("nested more than \(Self.deepest) deep", event.mark) }
    var made: Node
    switch event.kind {
    case .alias(let name):
      guard let known = anchors[name] else {
        throw wrong(
          "there is no anchor &\(name) before this alias", event.mark,
          cure: Names.proposal(for: name, in: anchors.keys.sorted()))
      }
      try count(known.size, event.mark)
      made = known
      made.mark = event.mark
      return made
    case .scalar(let text, let plain, let tag):
      try count(1, event.mark)
      var content = Self.content(text, plain: plain, tag: tag)
      if isOctal, case .integer = content, text.hasPrefix("0"), text.count > 1, let value = Int64(text, radix: 8) {
        content = .integer(value)
      }
      made = Node(content, at: event.mark, written: text)
    case .listStart:
      try count(1, event.mark)
      var items: [Node] = []
      var size = 1
      while true {
        let inner = try next()
        if case .listEnd = inner.kind { break }
        let item = try node(inner, depth: depth + 1)
        size += item.size
        items.append(item)
      }
      made = Node(.list(items), at: event.mark, size: size)
    case .mapStart:
      try count(1, event.mark)
      made = try map(event.mark, depth: depth)
    case .listEnd, .mapEnd, .documentEnd, .other, .end: throw wrong("it ends too early", event.mark)
    }
    if let anchor = event.anchor { anchors[anchor] = made }
    return made
  }

  private mutating func map(_ mark: Mark, depth: Int) throws(Diagnostics) -> Node {
    var entries: [Node.Entry] = []
    var known: Set<String> = []
    var merged: [Node.Entry] = []
    var size = 1
    while true {
      let inner = try next()
      if case .mapEnd = inner.kind { break }
      let key = try node(inner, depth: depth + 1)
      let value = try node(try next(), depth: depth + 1)
      size += key.size + value.size
      let name = key.text ?? (key.isNull ? key.written : nil)
      guard let name else { throw wrong("a key must be a word, not \(key.phrase)", key.mark) }
      if name == "<<", case .scalar(_, plain: true, tag: _) = inner.kind {
        merged += try merge(value)
        continue
      }
      guard known.insert(name).inserted else {
        let first = entries.first { $0.key == name }?.keyPlace.line ?? 0
        throw wrong("the key \"\(name)\" is here twice", key.mark, cure: "the first is in line \(first)")
      }
      entries.append(Node.Entry(key: name, keyPlace: key.mark, value: value))
    }
    // What the map says itself wins, then what was merged first.
    for entry in merged where known.insert(entry.key).inserted { entries.append(entry) }
    return Node(.map(entries), at: mark, size: size)
  }

  private func merge(_ node: Node) throws(Diagnostics) -> [Node.Entry] {
    if let entries = node.entries { return entries }
    guard let items = node.items else { throw wrong("<< takes a map or a list of maps, not \(node.phrase)", node.mark) }
    var all: [Node.Entry] = []
    for item in items {
      guard let entries = item.entries else { throw wrong("<< takes maps, not \(item.phrase)", item.mark) }
      all += entries
    }
    return all
  }

  /// What a scalar means: YAML 1.2's core schema.
  static func content(_ text: String, plain: Bool, tag: String?) -> Node.Content {
    if let tag {
      if tag.hasSuffix(":str") || tag == "!" { return .string(text) }
    } else if !plain {
      return .string(text)
    }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    guard let first = text.utf8.first, (0x30...0x39).contains(first) || [0x2B, 0x2D, 0x2E].contains(first) else {
      return .string(text)
    }
    if text.hasPrefix("0x"), let value = Int64(text.dropFirst(2), radix: 16) { return .integer(value) }
    if text.hasPrefix("0o"), let value = Int64(text.dropFirst(2), radix: 8) { return .integer(value) }
    if text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2B || $0 == 0x2D }), let value = Int64(text) {
      return .integer(value)
    }
    let isNumber = text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, UInt8(ascii: "e"), UInt8(ascii: "E")].contains($0)
    }
    if isNumber, let value = Double(text), value.isFinite { return .number(value) }
    return .string(text)
  }
}
