import BatonCommandLine
import BatonConfig
import BatonModel
import BatonReport
import Glibc

/// `baton secret`.
enum SecretCommand {
  private enum Verb: String, CaseIterable {
    case set, get, list, remove, key

    var takesName: Bool { self == .set || self == .get || self == .remove }
  }

  static func run(_ context: Context) throws -> Int32 {
    let words = context.invocation.arguments
    guard let verb = Verb(rawValue: words[0]) else {
      let known = Verb.allCases.map(\.rawValue)
      throw BatonError(
        .usage, "baton secret has no \"\(words[0])\"",
        cure: Names.proposal(for: words[0], in: known) ?? "known are \(known.joined(separator: ", "))")
    }
    let name = words.dropFirst().first
    if verb.takesName != (name != nil) {
      throw BatonError(
        .usage, verb.takesName ? "baton secret \(verb) needs a NAME" : "baton secret \(verb) takes no name",
        cure: "usage: baton secret \(verb)\(verb.takesName ? " NAME" : "")")
    }
    if verb != .set, context.invocation.has(.fromFile) {
      throw BatonError(.usage, "--from belongs to baton secret set")
    }
    if verb == .key, context.invocation.has(.json) { throw BatonError(.usage, "baton secret key has no --json") }
    if let name, !Names.isValid(name) {
      throw BatonError(.usage, "\"\(name)\" can't be the name of a secret", cure: "1 to 100 of A-Z a-z 0-9 _ . -")
    }
    let project = try Project.configured()
    switch verb {
    case .set: return try set(name ?? "", project, context)
    case .get: return try get(name ?? "", project, context)
    case .remove: return try remove(name ?? "", project, context)
    case .list: return try list(project, context)
    case .key: return try key(project, context)
    }
  }

  private static func tell(_ text: String, _ fields: [String: Value], _ context: Context) {
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(.map(fields)) + "\n")
    } else {
      context.console.note(text)
    }
  }

  private static func set(_ name: String, _ project: Project, _ context: Context) throws -> Int32 {
    let value = try value(of: name, context)
    let store = project.secrets.store.map(File.shown) ?? ""
    let made = { (store: String, key: String) in
      context.console.note(
        "made \(File.shown(store)), which may stand in version control; its key is in \(key): who needs the secrets needs it"
      )
    }
    try project.secrets.change(
      made: made, by: { (store, key) throws(BatonError) in try store.set(name, value, key) })
    tell("put \(name) into \(store)", ["name": .string(name), "store": .string(store)], context)
    return 0
  }

  /// What a person types (twice, unseen), what standard input holds, or a file.
  private static func value(of name: String, _ context: Context) throws(BatonError) -> String {
    let file = context.invocation.value(.fromFile)
    if file == nil, isatty(0) == 1 {
      let first = try Self.unseen("\(name): ", context)
      guard try Self.unseen("\(name), once more: ", context) == first else {
        throw BatonError(.usage, "the two are not the same; nothing was changed")
      }
      return try checked(first)
    }
    var bytes = try File.read(file.map { $0 == "-" ? "/dev/stdin" : $0 } ?? "/dev/stdin")
    if bytes.last == 0x0A { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw BatonError(.usage, "the secret is no text in UTF-8", cure: "encode it, for example with base64")
    }
    return try checked(text)
  }

  private static func checked(_ text: String) throws(BatonError) -> String {
    guard !text.isEmpty else { throw BatonError(.usage, "the secret is empty; nothing was changed") }
    guard !text.utf8.contains(0) else {
      throw BatonError(
        .usage, "the secret has a NUL in it, which no environment variable can hold",
        cure: "encode it, for example with base64")
    }
    return text
  }

  private static func unseen(_ prompt: String, _ context: Context) throws(BatonError) -> String {
    context.console.message(Array(prompt.utf8))
    var before = termios()
    let isTerminal = tcgetattr(0, &before) == 0
    var hidden = before
    hidden.c_lflag &= ~tcflag_t(ECHO)
    if isTerminal { tcsetattr(0, TCSAFLUSH, &hidden) }
    defer {
      if isTerminal { tcsetattr(0, TCSAFLUSH, &before) }
      context.console.message(Array("\n".utf8))
    }
    guard let line = readLine() else { throw BatonError(.usage, "nothing was typed; nothing was changed") }
    return line
  }

  private static func get(_ name: String, _ project: Project, _ context: Context) throws -> Int32 {
    let answer = project.secrets.look(name)
    guard let value = answer.value, let source = answer.source else {
      let known = try project.secrets.names().map(\.name)
      throw BatonError(
        .usage, "the secret \"\(name)\" is not set",
        cure: known.contains(name)
          ? project.secrets.cure(for: name)
          : Names.proposal(for: name, in: known) ?? project.secrets.cure(for: name))
    }
    if context.invocation.has(.json) {
      context.console.out(
        JSON.encodePretty(["name": .string(name), "value": .string(value), "source": .string(source.text)]) + "\n")
    } else {
      context.console.out(value + "\n")
    }
    return 0
  }

  private static func remove(_ name: String, _ project: Project, _ context: Context) throws -> Int32 {
    let store = project.secrets.store.map(File.shown) ?? ""
    guard let path = project.secrets.store, let known = try SecretStore(existing: path)?.names, known.contains(name)
    else {
      let known = try project.secrets.store.flatMap { try SecretStore(existing: $0)?.names } ?? []
      throw BatonError(
        .usage, store.isEmpty ? "there is no store of secrets" : "\(store) has no secret \"\(name)\"",
        cure: Names.proposal(for: name, in: known))
    }
    try project.secrets.change(made: { _, _ in }, by: { (store, _) throws(BatonError) in _ = store.remove(name) })
    tell("took \(name) out of \(store)", ["name": .string(name), "store": .string(store)], context)
    return 0
  }

  private static func list(_ project: Project, _ context: Context) throws -> Int32 {
    let names = try project.secrets.names()
    if context.invocation.has(.json) {
      let items = names.map { Value.map(["name": .string($0.name), "source": .string($0.source.text)]) }
      context.console.out(JSON.encodePretty(.list(items)) + "\n")
      return 0
    }
    let width = names.map { DisplayWidth.of($0.name) }.max() ?? 0
    for (name, source) in names {
      context.console.out("\(DisplayWidth.padded(name, to: width))  \(source.text)\n")
    }
    if names.isEmpty { context.console.note("no secrets in stores or files; those of the environment can't be listed") }
    return 0
  }

  private static func key(_ project: Project, _ context: Context) throws -> Int32 {
    guard let path = project.secrets.store, let store = try SecretStore(existing: path) else {
      throw BatonError(.usage, "there is no store of secrets yet", cure: "baton secret set NAME makes it, with its key")
    }
    let key = try Secrets.key(of: store) { Environment[$0] }
    context.console.out(key.hex + "\n")
    context.console.note(
      "the key of \(File.shown(path)), from \(key.origin): export \(SecretKey.variable)=… where it is needed")
    return 0
  }
}
