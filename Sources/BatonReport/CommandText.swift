import BatonModel

/// What a step runs, in a line for people.
public enum CommandText {
  /// A shell command as it stands, its lines joined; a program with its arguments; `function` for a callback.
  public static func text(_ command: Command) -> String {
    switch command {
    case .shell(let template): oneLine(text(template))
    case .program(let words): words.map { word(text($0)) }.joined(separator: " ")
    case .callback: "function"
    case .body: "body"
    case .call(let call): "call \(text(call.file))"
    case .request(.table(let fields)):
      ["method", "url"].compactMap { fields[$0].map(text) }.joined(separator: " ")
    case .request(let request): text(request)
    }
  }

  public static func text(_ template: Template) -> String {
    switch template {
    case .plain(let text): text
    case .dynamic(let expr): text(expr)
    }
  }

  /// An expression as a script writes it: refs in `${…}`.
  public static func text(_ expr: Expr) -> String {
    switch expr {
    case .literal(let value): value.text
    case .ref(let ref): "${\(ref.text)}"
    case .concat(let parts): parts.map(text).joined()
    case .map(let inner, _): "\(text(inner)):map(function)"
    case .raw(let inner): text(inner)
    case .tests(let list):
      list.shards.map { "shards(\(text($0)), \(text(list.tests)))" } ?? "prioritized(\(text(list.tests)))"
    case .secret(let name): "${secret \(name)}"
    case .cell(let path): "${cell" + path.map(key).joined() + "}"
    case .list(let items): "{ " + items.map(text).joined(separator: ", ") + " }"
    case .table(let fields):
      "{ " + fields.sorted { $0.key < $1.key }.map { "\($0.key) = \(text($0.value))" }.joined(separator: ", ") + " }"
    }
  }

  private static func key(_ key: PathKey) -> String {
    switch key {
    case .name(let name): ".\(name)"
    case .index(let index): "[\(index)]"
    }
  }

  private static func word(_ text: String) -> String {
    text.isEmpty || text.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "'") } ? "'\(oneLine(text))'" : text
  }

  /// The lines of a command that say something, joined.
  static func oneLine(_ text: String) -> String {
    guard text.utf8.contains(0x0A) else { return text }
    return text.split(separator: "\n").map { line in
      String(line.drop { $0 == " " || $0 == "\t" })
    }.filter { !$0.isEmpty }.joined(separator: " ⏎ ")
  }
}
