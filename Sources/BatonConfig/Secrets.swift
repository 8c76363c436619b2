import BatonModel

/// The secrets of a project in one environment: looked for in its sources, one after the other, when they are asked for. What
/// was found is kept for as long as the program runs, and nowhere else.
public final class Secrets {
  /// What a program printed, or why it printed nothing.
  public typealias Runner = (_ words: [String]) -> Result<[UInt8], BatonError>

  public struct Answer: Sendable {
    public var value: String?
    /// Where it was found.
    public var source: SecretSource?
    /// What the sources said that could not answer.
    public var problems: [String] = []
  }

  private let sources: [SecretSource]
  private let root: String
  private let variable: (String) -> String?
  private let run: Runner
  private var known: [String: Answer] = [:]
  private var files: [String: Result<[String: String], BatonError>] = [:]
  private var stores: [String: Result<(SecretStore, SecretKey)?, BatonError>] = [:]

  /// - Parameters:
  ///   - root: the project's folder, absolute, where files stand that are not.
  ///   - variable: environment variables.
  public init(_ sources: [SecretSource], root: String, variable: @escaping (String) -> String?, run: @escaping Runner) {
    self.sources = sources
    self.root = root
    self.variable = variable
    self.run = run
  }

  /// The secret of that name; nil where no source has it.
  public subscript(name: String) -> String? { look(name).value }

  /// The same, and where it was looked for.
  public func look(_ name: String) -> Answer {
    if let answer = known[name] { return answer }
    var answer = Answer()
    for source in sources {
      switch ask(source, name) {
      case .success(let value?):
        answer.value = value
        answer.source = source
      case .success(nil): continue
      case .failure(let problem): answer.problems.append(problem.message + (problem.cure.map { " (\($0))" } ?? ""))
      }
      if answer.value != nil { break }
    }
    known[name] = answer
    return answer
  }

  /// How a secret that is not there can be given, and what sources said that could not answer.
  public func cure(for name: String) -> String {
    var ways: [String] = []
    for source in sources {
      switch source {
      case .environment: ways.append("put it into the environment: export \(name)=…")
      case .store: ways.append("or into the store: baton secret set \(name)")
      case .file(let path): ways.append("or into \(path)")
      case .command(let words): ways.append("or where \(words.first ?? "the command") finds it")
      }
    }
    let problems = look(name).problems.map { "\n  \($0)" }.joined()
    let text = ways.isEmpty ? "\"secrets\" of baton.json names no place to look for it" : ways.joined(separator: ", ")
    return (text.hasPrefix("or ") ? "put it" + text.dropFirst(2) : text) + problems
  }

  /// The store that `baton secret set` writes to: the first of the sources.
  public var store: String? {
    for case .store(let path) in sources { return absolute(path) }
    return nil
  }

  /// What can be listed: the names in stores and files, each with its source.
  public func names() throws(BatonError) -> [(name: String, source: SecretSource)] {
    var found: [String: SecretSource] = [:]
    for source in sources.reversed() {
      switch source {
      case .environment, .command: continue
      case .store(let path):
        for name in try SecretStore(existing: absolute(path))?.names ?? [] { found[name] = source }
      case .file(let path): for name in try file(path).get().keys { found[name] = source }
      }
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(root)/\(path)" }

  private func ask(_ source: SecretSource, _ name: String) -> Result<String?, BatonError> {
    switch source {
    case .environment: return .success(variable(name))
    case .file(let path): return file(path).map { $0[name] }
    case .command(let words):
      return run(words.map { $0.replacing("{name}", with: name) }).map { bytes in
        var text = String(decoding: bytes, as: UTF8.self)
        if text.utf8.last == 0x0A { text.removeLast() }
        return text
      }
    case .store(let path):
      return Result { () throws(BatonError) in
        guard let (store, key) = try opened(path).get() else { return nil }
        return try store.get(name, key)
      }
    }
  }

  private func opened(_ path: String) -> Result<(SecretStore, SecretKey)?, BatonError> {
    if let known = stores[path] { return known }
    let variable = variable
    let result = Result { () throws(BatonError) -> (SecretStore, SecretKey)? in
      guard let store = try SecretStore(existing: absolute(path)), !store.names.isEmpty else { return nil }
      return (store, try Self.key(of: store, variable))
    }
    stores[path] = result
    return result
  }

  /// The key of a store.
  public static func key(of store: SecretStore, _ variable: (String) -> String?) throws(BatonError) -> SecretKey {
    guard let key = try SecretKey.find(of: store.id, variable) else {
      throw BatonError(
        .usage, "there is no key for \(store.path)",
        cure:
          "export \(SecretKey.variable)=…, or put it into \(SecretKey.file(of: store.id, variable) ?? "~/.config/baton/keys/\(store.id)"); "
          + "who made the store has it: baton secret key")
    }
    if let refusal = store.refusal(of: key) { throw refusal }
    return key
  }

  /// Changes the store that `baton secret set` writes to, which is made with its key where it is not there.
  ///
  /// - Parameter made: told of a new store and where its key is.
  public func change<Value>(
    made: (_ store: String, _ key: String) -> Void, by body: (inout SecretStore, SecretKey) throws(BatonError) -> Value
  ) throws(BatonError) -> Value {
    guard let path = store else {
      throw BatonError(
        .usage, "\"secrets\" of baton.json names no store",
        cure: "add \"store\" to it: {\"secrets\": [\"env\", \"store\"]}")
    }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    return try SecretFile.locked(folder.isEmpty ? "/" : folder) { () throws(BatonError) in
      if var store = try SecretStore(existing: path) {
        let value = try body(&store, try Self.key(of: store, variable))
        try store.write()
        return value
      }
      let id = SecretKey.newStoreID()
      let given = try variable(SecretKey.variable) == nil ? nil : SecretKey.find(of: id, variable)
      let file = given == nil ? SecretKey.file(of: id, variable) : nil
      guard let key = given ?? file.map({ SecretKey(origin: $0) }) else {
        throw BatonError(
          .usage, "there is no folder for the store's key: $HOME is not set", cure: "export \(SecretKey.variable)=…")
      }
      var store = SecretStore(new: path, id: id, key: key)
      let value = try body(&store, key)
      // Without its key, a store is lost: the key is there first.
      if let file { try key.keep(as: file) }
      try store.write()
      made(path, key.origin)
      return value
    }
  }

  private func file(_ path: String) -> Result<[String: String], BatonError> {
    if let known = files[path] { return known }
    let absolute = absolute(path)
    let result = Result { () throws(BatonError) -> [String: String] in
      guard let text = try SecretFile.read(absolute) else {
        throw BatonError(.usage, "there is no file \(absolute)", cure: "\"secrets\" of baton.json names it")
      }
      return try SecretLines.read(text, file: absolute)
    }
    files[path] = result
    return result
  }
}

/// Files of secrets: lines `NAME=value` with comments, as `.env` files are, or one JSON object.
enum SecretLines {
  static func read(_ text: [UInt8], file: String) throws(BatonError) -> [String: String] {
    if text.first(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) == UInt8(ascii: "{") {
      guard let value = try? JSON.decode(text), let fields = value.map else {
        throw BatonError(.usage, "\(file) begins as JSON does, and is none")
      }
      var found: [String: String] = [:]
      for (name, value) in fields {
        guard value.isPlain else { throw BatonError(.usage, "\(file): \"\(name)\" must be a string") }
        found[name] = value.text
      }
      return found
    }
    var found: [String: String] = [:]
    // A line that ends in \r\n is one grapheme's end.
    for (number, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      var words = String(decoding: line, as: UTF8.self)[...]
      while let last = words.last, last.isWhitespace { words.removeLast() }
      words = words.drop(while: \.isWhitespace)
      if words.isEmpty || words.hasPrefix("#") { continue }
      if words.hasPrefix("export ") { words = words.dropFirst(7).drop(while: \.isWhitespace) }
      guard let cut = words.firstIndex(of: "="), Names.isValid(String(words[..<cut])) else {
        throw BatonError(.usage, "\(file):\(number + 1): a line must be NAME=value")
      }
      var value = words[words.index(after: cut)...]
      if let quote = value.first, quote == "\"" || quote == "'" {
        guard value.count >= 2, value.last == quote else {
          throw BatonError(.usage, "\(file):\(number + 1): a quote that does not end on its line")
        }
        value = value.dropFirst().dropLast()
      }
      found[String(words[..<cut])] = String(value)
    }
    return found
  }
}
