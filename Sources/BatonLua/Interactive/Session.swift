import BatonCore
import BatonModel

/// A script that grows chunk by chunk, as `baton repl` has it.
///
/// The session is a script like any other: what is entered is added to its text, and the whole is read again, which takes
/// milliseconds. So locals live on, and what a session declares is what a file with its text would declare. What fails leaves no
/// trace. Used on one thread only.
public final class Session {
  /// What came of a chunk.
  public struct Answer {
    /// One value of an expression.
    public struct Item {
      /// As Lua would write it.
      public var text: String
      /// Of a ref, or what is made of refs: to be worked out when the values are known.
      public var expr: Expr?
    }

    /// The values of an expression; empty of a statement.
    public var items: [Item] = []
    /// What it printed.
    public var printed: [String] = []
    /// The nodes that it declared, by their names.
    public var declared: [String] = []
    /// What else is to be said.
    public var warnings: [Diagnostic] = []
  }

  /// How diagnostics call what is entered.
  public static let inputName = "input"

  private var request: Script.Request
  /// The text of the file that the session began with, and of all that was kept.
  public private(set) var text: [UInt8]
  private let given: [UInt8]
  public private(set) var plan: Plan
  public private(set) var globals: [String] = []
  /// A line of Lua that is read before everything else, and is no part of ``text``.
  public var preamble = ""
  private var printedBefore = 0
  /// The lengths of the text before each chunk that was kept.
  private var lengths: [Int] = []
  /// The newest reading: its functions are those that the newest answer names.
  private var newest: Script

  /// - Parameter request: the file to begin with; an empty source for an empty session.
  /// - Throws: what is wrong with the file.
  public init(_ request: Script.Request) throws(Diagnostics) {
    self.request = request
    given = request.source
    text = request.source
    let (script, reading, printed) = try Self.read(text, request, preamble: "")
    newest = script
    plan = script.plan
    globals = reading.names
    printedBefore = printed.count
  }

  // MARK: Changing it

  /// Forgets the chunk that was kept last; false: there is none.
  public func undo() throws(Diagnostics) -> Bool {
    guard let length = lengths.last else { return false }
    try take(Array(text.prefix(length)))
    lengths.removeLast()
    return true
  }

  /// Forgets all that was entered.
  public func reset() throws(Diagnostics) {
    try take(given)
    lengths = []
  }

  /// Gives a parameter of the workflow.
  public func give(_ name: String, _ value: String) throws(Diagnostics) {
    let before = request.rawParams
    request.rawParams[name] = value
    do throws(Diagnostics) { try take(text) } catch {
      request.rawParams = before
      throw error
    }
  }

  private func take(_ other: [UInt8]) throws(Diagnostics) {
    let (script, _, printed) = try Self.read(other, request, preamble: preamble)
    (text, plan, newest, printedBefore) = (other, script.plan, script, printed.count)
  }

  // MARK: Asking it

  /// Calls a function of the newest answer.
  public func call(_ callback: Callback, _ arguments: [Value]) -> CallbackResult {
    newest.call(callback, arguments, limit: request.limit)
  }

  /// The names that its text declares or mentions.
  public var names: [String] {
    Array(Set(LuaLexer.tokens(of: text).compactMap(\.name)))
  }

  /// The keys of what an expression of names and dots is; empty where it is no table.
  public func keys(of path: String) -> [String] {
    guard path.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: ".") }) else { return [] }
    let chunk = "local keys = {} for key in pairs(\(path)) do keys[#keys + 1] = tostring(key) end return keys"
    guard let (_, reading, _) = try? Self.read(text + Array("\n\(chunk)\n".utf8), request, preamble: preamble) else {
      return []
    }
    return reading.results.first?.table?.items.compactMap(\.string) ?? []
  }

  /// The name of the step that a variable holds; nil where it holds none.
  public func name(ofHandle variable: String) -> String? {
    guard variable.utf8.allSatisfy(\.isLetterOrDigit) else { return nil }
    guard
      let (_, reading, _) = try? Self.read(text + Array("\nreturn \(variable)\n".utf8), request, preamble: preamble),
      case .object("handle", let payload)? = reading.results.first
    else { return nil }
    return reading.definition.name(ofHandle: payload)
  }

  /// A plain value as Lua would write it.
  public static func text(of value: Value) -> String { text(of: LuaItem(value), nil) }

  /// What was entered and kept.
  public var entered: [UInt8] { Array(text.dropFirst(given.count)) }

  /// Whether a chunk can be understood as it is; false: more of it is to come.
  public static func isComplete(_ chunk: String) -> Bool {
    if isExpression(chunk) { return true }
    guard let mistake = mistake(in: chunk) else { return true }
    return !mistake.message.hasSuffix("near <eof>") && !mistake.message.hasPrefix("unfinished long")
  }

  /// What is wrong with a chunk as statements. (At the beginning of a file, a line with # would be left out.)
  private static func mistake(in chunk: String) -> Diagnostic? {
    Script.compile(Array("\n\(chunk)\n".utf8), file: inputName).first
  }

  private static func isExpression(_ chunk: String) -> Bool {
    Script.compile(Array("return \(chunk)\n".utf8), file: inputName).isEmpty
  }

  /// Reads a chunk: an expression gives its values; what declares something, and every statement, is kept.
  ///
  /// - Throws: what is wrong with it; the session is as it was before.
  public func enter(_ chunk: String) throws(Diagnostics) -> Answer {
    if Self.isExpression(chunk) {
      let answer: Answer
      do throws(Diagnostics) {
        answer = try evaluate("return " + chunk, isKept: false)
      } catch {
        // A call that is returned has no line of its own: as a statement it has.
        if Self.mistake(in: chunk) == nil { _ = try evaluate(chunk, isKept: false) }
        throw error
      }
      guard !answer.declared.isEmpty else { return answer }
      // A declaration: the same once more, to be kept.
      var kept = try evaluate(chunk, isKept: true)
      kept.items = answer.items
      return kept
    }
    // What ends with return or goto can have nothing behind it: its values are shown, and the rest goes on without it.
    return try evaluate(chunk, isKept: Self.mistake(in: "\(chunk)\ndo end") == nil)
  }

  private func evaluate(_ chunk: String, isKept: Bool) throws(Diagnostics) -> Answer {
    // What begins with a parenthesis would call what stands before it.
    let start = chunk.first { !$0.isWhitespace } == "(" ? ";" : ""
    let separator: [UInt8] = text.isEmpty || text.last == 0x0A ? [] : [0x0A]
    let longer = text + separator + Array("\(start)\(chunk)\n".utf8)
    let firstLine = Int32(text.count { $0 == 0x0A } + separator.count)
    let script: Script
    let reading: Reading
    let printed: [String]
    do throws(Diagnostics) {
      (script, reading, printed) = try Self.read(longer, request, preamble: preamble)
    } catch {
      throw Diagnostics(error.items.map { placed($0, behind: firstLine) })
    }
    var answer = Answer()
    answer.printed = Array(printed.dropFirst(printedBefore))
    answer.items = reading.results.map { item in describe(item, reading.definition) }
    let known = Set(plan.nodes.map(\.name))
    answer.declared = script.plan.nodes.map(\.name).filter { !known.contains($0) }
    answer.declared += script.plan.notifications.map(\.name).filter { name in
      !plan.notifications.contains { $0.name == name }
    }
    if script.plan.workflow.params != plan.workflow.params || script.plan.workflow.name != plan.workflow.name {
      answer.declared.append(script.plan.workflow.name)
    }
    answer.warnings = script.warnings.filter { $0.code != "B015" && ($0.place?.line ?? 0) > firstLine }
      .map { placed($0, behind: firstLine) }
    newest = script
    if isKept {
      lengths.append(text.count)
      text = longer
      plan = script.plan
      printedBefore = printed.count
    }
    return answer
  }

  private static func read(_ source: [UInt8], _ request: Script.Request, preamble: String) throws(Diagnostics)
    -> (Script, Reading, [String])
  {
    var printed: [String] = []
    var request = request
    request.source = Array(preamble.utf8) + source
    request.onPrint = { printed.append($0) }
    let reading = Reading(request, areParamsOptional: true)
    let script = try Script(reading)
    return (script, reading, printed)
  }

  /// The place within what was entered, where it is there.
  private func placed(_ diagnostic: Diagnostic, behind line: Int32) -> Diagnostic {
    guard var place = diagnostic.place, place.file == request.file, place.line > line else { return diagnostic }
    var told = diagnostic
    place.file = Self.inputName
    place.line -= line
    told.place = place
    return told
  }

  // MARK: Values in words

  private func describe(_ item: LuaItem, _ definition: Definition) -> Answer.Item {
    if case .object("expr", _) = item {
      let reader = FieldReader(
        definition: definition, subject: Subject(kind: "value", name: "", place: SourcePlace(file: Self.inputName)))
      if let expr = reader.expr(item, []) { return Answer.Item(text: Self.text(of: expr), expr: expr) }
    }
    return Answer.Item(text: Self.text(of: item, definition), expr: nil)
  }

  private static func text(of expr: Expr) -> String {
    switch expr {
    case .literal(let value): text(of: LuaItem(value), nil)
    case .ref(let ref): ref.text
    case .concat(let parts): parts.map(text(of:)).joined(separator: " .. ")
    case .map(let inner, _): text(of: inner) + ":map(…)"
    case .raw(let inner): "raw(\(text(of: inner)))"
    case .secret(let name): "secret \"\(name)\""
    case .cell(let path): "cell" + path.map { if case .name(let name) = $0 { ".\(name)" } else { "[…]" } }.joined()
    case .tests: "a list of tests"
    case .list(let items): "{ " + items.map(text(of:)).joined(separator: ", ") + " }"
    case .table(let fields):
      "{ "
        + fields.keys.sorted().map { key in "\(key) = \(fields[key].map(text(of:)) ?? "nil")" }.joined(separator: ", ")
        + " }"
    }
  }

  /// A value as Lua would write it: short tables in one line, others with a line for each entry.
  private static func text(of item: LuaItem, _ definition: Definition?, indent: String = "") -> String {
    switch item {
    case .null: return "nil"
    case .bool(let flag): return flag ? "true" : "false"
    case .integer(let number): return String(number)
    // As print writes them; a value that is no number or has no end is none of JSON's.
    case .number(let number) where !number.isFinite: return number.isNaN ? "nan" : number < 0 ? "-inf" : "inf"
    case .number(let number): return Value.number(number).text
    case .string(let text): return quoted(text)
    case .function: return "function"
    case .object("handle", let payload):
      guard let number = payload.integer, let definition, definition.drafts.indices.contains(Int(number)) else {
        return "step"
      }
      return definition.drafts[Int(number)].label
    case .object("expr", .table(let payload)):
      return payload.items.first?.string == "ref" ? "a ref" : item.phrase
    case .object: return item.phrase
    case .table(let table):
      let inner = indent + "  "
      let entries =
        table.items.map { text(of: $0, definition, indent: inner) }
        + table.fields.map { field in
          let isName =
            !field.key.isEmpty && field.key.utf8.allSatisfy(\.isLetterOrDigit)
            && !(field.key.utf8.first?.isDigit ?? true)
          return
            "\(isName ? field.key : "[\(quoted(field.key))]") = \(text(of: field.value, definition, indent: inner))"
        } + table.strays
      if entries.isEmpty { return "{}" }
      let line = "{ " + entries.joined(separator: ", ") + " }"
      if line.count + indent.count <= 100, !line.contains("\n") { return line }
      return "{\n" + entries.map { "\(inner)\($0),\n" }.joined() + indent + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if scalar.value < 32 || scalar.value == 127 {
          result += "\\\(scalar.value)"
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}

/// Plain values as the source of Lua.
extension Value {
  /// An expression that gives this value.
  public var luaSource: String {
    switch self {
    case .null: "nil"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): number == .min ? "math.mininteger" : String(number)
    case .number(let number):
      number.isNaN ? "(0/0)" : number.isInfinite ? (number < 0 ? "-math.huge" : "math.huge") : "\(number)"
    case .string(let text): "\"" + text.utf8.map(Self.escaped).joined() + "\""
    case .list(let items): "{" + items.map(\.luaSource).joined(separator: ",") + "}"
    case .map(let fields):
      "{"
        + fields.keys.sorted().map { "[\(Value.string($0).luaSource)]=\(fields[$0]?.luaSource ?? "nil")" }
        .joined(separator: ",") + "}"
    }
  }

  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): return "\\" + String(UnicodeScalar(byte))
    case 0x20...0x7E: return String(UnicodeScalar(byte))
    default:
      let digits = String(byte)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }
  }
}

/// Names of the language, for completion.
public enum StepNames {
  /// What a step may say.
  public static var fields: [String] { StepField.stepNames }
}
