/// Reads files of `---@meta` types, in the form that Lua language servers read (LuaLS and EmmyLua annotations).
///
/// It reads what the files of the standard library say: classes, fields, aliases, functions and values with their comments.
/// What it does not know is passed over; the tests see to it that nothing of the language is.
struct MetaReader {
  private var file: MetaFile
  /// Comment lines without a tag, since the last thing that was described.
  private var text: [String] = []
  private var parameters: [MetaField] = []
  private var returns: [MetaField] = []
  private var overloads: [String] = []
  private var valueType: String?
  private var open: MetaClass?
  private var alias: MetaAlias?
  /// Local variable → place of its class.
  private var variables: [String: Int] = [:]
  /// Variables that stand for no class: the module's table, and functions that are local.
  private var locals: [String: MetaFunction?] = [:]

  static func read(_ source: String) -> MetaFile {
    var reader = MetaReader()
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) { reader.take(line) }
    reader.endBlock()
    return reader.file
  }

  private init() { file = MetaFile(module: nil, text: "") }

  private mutating func take(_ line: Substring) {
    if line.hasPrefix("---@") {
      tag(line.dropFirst(4))
    } else if line.hasPrefix("---|") {
      choice(line.dropFirst(4))
    } else if line.hasPrefix("---") {
      endBlock(keepingText: true)
      text.append(String(line.dropFirst(3)))
    } else if line.hasPrefix("--") {
      if file.classes.isEmpty, file.functions.isEmpty, file.values.isEmpty, open == nil {
        file.text += (file.text.isEmpty ? "" : " ") + String(line.dropFirst(2)).trimmed
      }
    } else if line.trimmed.isEmpty {
      endBlock()
    } else {
      code(line)
    }
  }

  // MARK: Tags

  private mutating func tag(_ line: Substring) {
    let (word, rest) = line.cut(at: " ")
    switch word {
    case "meta": if !rest.isEmpty { file.module = rest }
    case "class":
      endBlock(keepingText: true)
      let (name, parents) = rest.cut(at: ":")
      open = MetaClass(
        name: name.trimmed, parents: parents.split(separator: ",").map(\.trimmed), text: takeText(), fields: [],
        methods: [], overloads: [])
    case "field":
      if let field = Self.field(rest) { open?.fields.append(field) }
    case "operator": break
    case "overload":
      if open != nil { open?.overloads.append(rest) } else { overloads.append(rest) }
    case "alias":
      endBlock(keepingText: true)
      let (name, type) = rest.cut(at: " ")
      alias = MetaAlias(name: name, text: takeText(), type: type, choices: [])
    case "param": if let field = Self.field(rest) { parameters.append(field) }
    case "return":
      let (type, name) = Self.type(rest)
      let words = name.split(separator: " ", maxSplits: 1)
      // `@return T name`: one lower-case word that is no sentence.
      let isName = words.first.map { $0.allSatisfy { $0.isLowercase || $0 == "_" } } ?? false
      returns.append(
        MetaField(
          name: isName ? String(words[0]) : "", type: type, isOptional: false,
          text: isName ? (words.count > 1 ? String(words[1]) : "") : name))
    case "type": valueType = rest
    default: break
    }
  }

  private mutating func choice(_ line: Substring) {
    let (type, text) = Self.type(line.trimmed)
    alias?.choices.append(MetaField(name: type, type: type, isOptional: false, text: text))
  }

  /// `name? type text`; a name may be `[string]`.
  private static func field(_ line: String) -> MetaField? {
    let (name, rest) = line.cut(at: " ")
    guard !name.isEmpty else { return nil }
    let (type, text) = type(rest)
    return MetaField(
      name: name.hasSuffix("?") ? String(name.dropLast()) : name, type: type, isOptional: name.hasSuffix("?"),
      text: text)
  }

  /// The type at the beginning of a text, and what follows it: blanks belong to it inside of brackets and behind `,`, `:`
  /// and `|`.
  static func type(_ line: String) -> (type: String, rest: String) {
    var depth = 0
    var last: Character = " "
    var isQuoted = false
    var index = line.startIndex
    while index < line.endIndex {
      let letter = line[index]
      if letter == "\"" { isQuoted.toggle() }
      if !isQuoted {
        if "({[<".contains(letter) { depth += 1 }
        if ")}]>".contains(letter) { depth -= 1 }
        let next = line[line.index(after: index)...].first
        if letter == " ", depth <= 0, !",:|".contains(last), next != "|" { break }
      }
      if letter != " " { last = letter }
      index = line.index(after: index)
    }
    return (String(line[..<index]), line[index...].trimmed)
  }

  // MARK: Code

  private mutating func code(_ line: Substring) {
    let line = line.trimmed
    if line.hasPrefix("local function ") {
      let function = function(line.dropFirst("local function ".count).cut(at: "(").0)
      locals[function.name] = function
    } else if line.hasPrefix("function ") {
      add(function(line.dropFirst("function ".count).cut(at: "(").0))
    } else if line.hasPrefix("local ") {
      let name = line.dropFirst("local ".count).cut(at: " ").0
      if open != nil {
        open?.variable = name
        endBlock()
        variables[name] = file.classes.count - 1
      } else {
        locals[name] = .some(nil)
      }
    } else if line.hasPrefix("return ") {
      // A module that is a function.
      if let module = file.module, let function = locals[line.dropFirst("return ".count).trimmed] ?? nil {
        file.functions.append(function.named(module))
      }
    } else if line.contains(" = ") {
      var (name, _) = line.cut(at: " ")
      if let dot = name.firstIndex(of: "."), let module = file.module { name = module + name[dot...] }
      endBlock(keepingText: true)
      file.values.append(MetaValue(name: name, text: takeText(), type: valueType ?? "table"))
    }
    reset()
  }

  private mutating func function(_ name: String) -> MetaFunction {
    endBlock(keepingText: true)
    return MetaFunction(
      name: name, text: takeText(), parameters: parameters, returns: returns, overloads: overloads)
  }

  /// A global, a method of a class (`ctx:step`), or a member of a module (`git.changed`).
  private mutating func add(_ function: MetaFunction) {
    guard let mark = function.name.firstIndex(where: { $0 == ":" || $0 == "." }) else {
      file.functions.append(function)
      return
    }
    let owner = String(function.name[..<mark])
    let own = String(function.name[function.name.index(after: mark)...])
    if let place = variables[owner] {
      file.classes[place].methods.append(function.named(own))
    } else if let module = file.module {
      file.functions.append(function.named("\(module).\(own)"))
    } else {
      file.functions.append(function)
    }
  }

  private mutating func takeText() -> String {
    defer { text = [] }
    return text.joined(separator: "\n")
  }

  private mutating func reset() {
    text = []
    parameters = []
    returns = []
    overloads = []
    valueType = nil
  }

  private mutating func endBlock(keepingText: Bool = false) {
    if let open { file.classes.append(open) }
    if let alias { file.aliases.append(alias) }
    open = nil
    alias = nil
    if !keepingText { reset() }
  }
}

extension MetaFunction {
  func named(_ name: String) -> MetaFunction {
    var copy = self
    copy.name = name
    return copy
  }
}

extension StringProtocol {
  var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
    while rest.last?.isWhitespace == true { rest = rest.dropLast() }
    return String(rest)
  }

  /// What stands before the mark and, without blanks around it, behind it.
  func cut(at mark: Character) -> (String, String) {
    guard let place = firstIndex(of: mark) else { return (String(self), "") }
    return (String(self[..<place]), self[index(after: place)...].trimmed)
  }
}
