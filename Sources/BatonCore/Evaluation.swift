import BatonModel

/// Turns an ``Expr`` into a value, once the steps that it refers to have succeeded.
public struct Evaluation {
  /// Why an expression has no value.
  public enum Failure: Error, Sendable, Hashable {
    /// A ref whose step emitted no such value; `emitted` is nil where the step has not succeeded.
    case missing(Ref, emitted: [String]?)
    case secret(String)
    case callback(CallbackResult)
    case type(String)

    public var text: String {
      switch self {
      case .missing(let ref, nil):
        return "step \"\(ref.step)\" has no value for \"\(ref.text)\", since it did not succeed: what it emitted "
          + "before is for functions (deps), or for all where the step has allow_failure"
      case .missing(let ref, let emitted?):
        let known = emitted.isEmpty ? "it emitted nothing" : "it emitted \(emitted.sorted().joined(separator: ", "))"
        return "step \"\(ref.step)\" emitted no value for \"\(ref.text)\": \(known)"
      case .secret(let name):
        return "the secret \"\(name)\" is not set: put it into the environment as \(name)"
      case .callback(.raised(let message)), .callback(.failed(let message)): return message
      case .callback(.halted(let reason)): return "halted: \(reason)"
      case .callback(.returned): return "no value"
      case .type(let text): return text
      }
    }
  }

  /// What a step emitted, by its full name; nil when it has neither succeeded nor may fail.
  public var values: (String) -> [String: Value]?
  public var secret: (String) -> String?
  public var call: (Callback, [Value]) -> CallbackResult
  /// What earlier runs tell of tests, asked once where the order of tests is to be known.
  public var testFacts: () -> TestFacts = { TestFacts() }

  public init(
    values: @escaping (String) -> [String: Value]?, secret: @escaping (String) -> String?,
    call: @escaping (Callback, [Value]) -> CallbackResult
  ) {
    self.values = values
    self.secret = secret
    self.call = call
  }

  public func value(of expr: Expr) throws(Failure) -> Value {
    switch expr {
    case .literal(let value): return value
    case .ref(let ref):
      let emitted = values(ref.step)
      if ref.path.isEmpty { return .map(emitted ?? [:]) }
      guard let value = Value.map(emitted ?? [:]).lookup(ref.path) else {
        throw .missing(ref, emitted: emitted.map { Array($0.keys) })
      }
      return value
    case .concat(let parts):
      var text = ""
      for part in parts { text += try value(of: part).text }
      return .string(text)
    case .map(let inner, let callback):
      let argument = try value(of: inner)
      switch call(callback, [argument]) {
      case .returned(let results): return results.first ?? .null
      case let other: throw .callback(other)
      }
    case .raw(let inner): return try value(of: inner)
    case .tests(let list): return try value(of: list)
    case .secret(let name):
      guard let text = secret(name) else { throw .secret(name) }
      return .string(text)
    case .cell: throw .type("a value of `cell` stands outside of a matrix")
    case .list(let items):
      var list: [Value] = []
      for item in items { list.append(try value(of: item)) }
      return .list(list)
    case .table(let fields):
      var map: [String: Value] = [:]
      for key in fields.keys.sorted() { if let field = fields[key] { map[key] = try value(of: field) } }
      return .map(map)
    }
  }

  public func text(of template: Template) throws(Failure) -> String {
    switch template {
    case .plain(let text): text
    case .dynamic(let expr): try value(of: expr).text
    }
  }

  /// A command for the shell: what is known stays as it is, every ref becomes one quoted word, unless `raw` says otherwise.
  public func shellText(of template: Template) throws(Failure) -> String {
    switch template {
    case .plain(let text): text
    case .dynamic(let expr): try shellText(of: expr)
    }
  }

  private func shellText(of expr: Expr) throws(Failure) -> String {
    switch expr {
    case .literal(let value): return value.text
    case .concat(let parts):
      var text = ""
      for part in parts { text += try shellText(of: part) }
      return text
    case .raw(let inner): return try value(of: inner).text
    case .ref, .map, .secret, .cell, .list, .table, .tests: return ShellText.quoted(try value(of: expr).text)
    }
  }

  /// One argument for each item; a list or a table becomes JSON.
  public func arguments(of templates: [Template]) throws(Failure) -> [String] {
    var arguments: [String] = []
    arguments.reserveCapacity(templates.count)
    for template in templates { arguments.append(try text(of: template)) }
    return arguments
  }
}
