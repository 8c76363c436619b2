import BatonLua

/// The types of the language and of the standard library, as editors see them.
public struct Types: Sendable {
  public let files: [MetaFile]
  public let classes: [String: MetaClass]
  public let aliases: [String: MetaAlias]

  /// Those that are part of this program.
  public static let embedded = Types(
    [Stdlib.typeDefinitions] + Stdlib.moduleTypes.sorted { $0.key < $1.key }.map(\.value))

  public init(_ sources: [[UInt8]]) {
    files = sources.map { MetaReader.read(String(decoding: $0, as: UTF8.self)) }
    classes = Dictionary(files.flatMap(\.classes).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    aliases = Dictionary(files.flatMap(\.aliases).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The fields of a class, its own first, then those of its parents; each with the class that says it.
  public func fields(of name: String) -> [(owner: String, field: MetaField)] {
    var found: [(owner: String, field: MetaField)] = []
    var waiting = [name]
    var seen: Set<String> = []
    while !waiting.isEmpty {
      let next = waiting.removeFirst()
      guard seen.insert(next).inserted, let type = classes[next] else { continue }
      for field in type.fields where !found.contains(where: { $0.field.name == field.name }) {
        found.append((next, field))
      }
      waiting += type.parents
    }
    return found
  }

  /// Names of classes and aliases in a type, in order: of `fun(x: baton.Step): baton.Handle`, both.
  public static func names(in type: String) -> [String] {
    var names: [String] = []
    var word = ""
    for letter in type + " " {
      if letter.isLetter || letter.isNumber || letter == "." || letter == "_" {
        word.append(letter)
      } else {
        while word.hasSuffix(".") { word.removeLast() }
        if word.hasPrefix("baton."), !names.contains(word) { names.append(word) }
        word = ""
      }
    }
    return names
  }

  /// Classes that a value of the type may be, aliases resolved.
  public func classes(in type: String) -> [MetaClass] {
    var found: [MetaClass] = []
    var waiting = Self.names(in: type)
    var seen: Set<String> = []
    while !waiting.isEmpty {
      let name = waiting.removeFirst()
      guard seen.insert(name).inserted else { continue }
      if let type = classes[name] {
        found.append(type)
      } else if let alias = aliases[name] {
        waiting += Self.names(in: alias.type)
      }
    }
    return found
  }

  /// The class whose fields a call takes: of `step "name" { … }`, what the function that it returns is given.
  public func options(of function: MetaFunction) -> MetaClass? {
    for part in function.returns where part.type.hasPrefix("fun(") {
      let arguments = part.type.cut(at: ")").0
      if let type = classes(in: arguments).first(where: isTable) { return type }
    }
    for parameter in function.parameters.reversed() {
      if let type = classes(in: parameter.type).first(where: isTable) { return type }
    }
    return nil
  }

  /// The class whose fields a call of such a value takes: of `service "name" { … }`.
  func options(ofCalled type: MetaClass) -> MetaClass? {
    type.overloads.lazy.compactMap { classes(in: $0.cut(at: ")").0).first(where: isTable) }.first
  }

  /// Whether values of the class are tables that somebody writes, and no objects of the host.
  public func isTable(_ type: MetaClass) -> Bool {
    !isObject(type.name) && !fields(of: type.name).isEmpty
  }

  private func isObject(_ name: String) -> Bool {
    name == "userdata" || (classes[name]?.parents.contains(where: isObject) ?? false)
  }
}
