import BatonModel

/// What is said of a name that nothing defines.
enum UndefinedName {
  /// Names of plain Lua that workflows do without, and what they have in their place.
  private static let left: [String: String] = [
    "debug": "a workflow can't look into the machine that runs it",
    "dofile": "require loads modules", "loadfile": "require loads modules", "package": "require loads modules",
    "io": "files are read and written by steps, and go from one to the next as inputs and outputs",
  ]

  /// Functions of Lua's libraries that are not there either. A script may ask whether they are.
  private static let leftFunctions: [String: String] = [
    "execute": "programs are run by steps: run = \"…\"", "exit": "halt \"reason\" or fail \"reason\" ends a run",
    "remove": "files are changed by steps: run = \"…\"", "rename": "files are changed by steps: run = \"…\"",
    "tmpname": "files are made by steps: run = \"mktemp\"", "setlocale": "a script's locale is always C",
    "dump": "functions stay text",
  ]

  /// `"NAME" is not defined`, with the nearest name or with what is there in its place.
  static func text(_ name: String, known: [String]) -> String {
    let module = "baton.\(name)"
    let required = Stdlib.moduleNames.contains(module) ? "it is a module: local \(name) = require \"\(module)\"" : nil
    let more = left[name] ?? required ?? Names.proposal(for: name, in: known)
    return "\"\(name)\" is not defined\(more.map { "; \($0)" } ?? "")"
  }

  /// Lua's message of a call of something that is not there, made clearer where it is known why.
  static func explained(_ message: String) -> String {
    let head = "attempt to call a nil value ("
    guard message.hasPrefix(head), message.hasSuffix("')"),
      let quote = message.utf8.firstIndex(of: UInt8(ascii: "'"))
    else { return message }
    let name = String(message[message.index(after: quote)...].dropLast(2))
    return leftFunctions[name].map { "\(message); \($0)" } ?? message
  }
}
