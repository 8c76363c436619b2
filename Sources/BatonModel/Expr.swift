/// What may stand in a field of a step: a value that is known, or one that is made of refs and known later.
public indirect enum Expr: Sendable, Hashable {
  case literal(Value)
  /// A value that a step emits: `build.out.image.digest`.
  case ref(Ref)
  /// Joined with `..`.
  case concat([Expr])
  /// `ref:map(function(v) … end)`.
  case map(Expr, Callback)
  /// `raw(ref)`: not quoted when it stands in a shell string.
  case raw(Expr)
  /// `secret "NAME"`: known to the process alone, never to a record.
  case secret(String)
  /// `cell.browser`, in the spec of a matrix whose `step` is a table: replaced when the cell is made.
  case cell([PathKey])
  /// `shards(…)`, `prioritized(…)`: a list that depends on what is known of the tests.
  case tests(TestList)
  case list([Expr])
  case table([String: Expr])
}

/// A way into what a step emitted.
public struct Ref: Sendable, Hashable {
  /// The full name of the step.
  public var step: String
  /// Keys below `out`: `out.image.digest` is `image`, `digest`. None: all that the step emitted, as a table.
  public var path: [PathKey]

  public init(step: String, path: [PathKey]) {
    self.step = step
    self.path = path
  }

  /// As a script writes it: `build.out.image.digest`.
  public var text: String { "\(step).out" + path.map(\.text).joined() }
}

public enum PathKey: Sendable, Hashable {
  case name(String)
  /// 1-based, as in Lua.
  case index(Int64)

  var text: String {
    switch self {
    case .name(let name): ".\(name)"
    case .index(let index): "[\(index)]"
    }
  }
}

extension Value {
  /// What lies at the end of the path, or nil.
  public func lookup(_ path: some Sequence<PathKey>) -> Value? {
    var value = self
    for key in path {
      switch (key, value) {
      case (.name(let name), .map(let fields)):
        guard let next = fields[name] else { return nil }
        value = next
      case (.index(let index), .list(let items)):
        guard index >= 1, index <= items.count else { return nil }
        value = items[Int(index) - 1]
      case (.index(let index), .map(let fields)):
        guard let next = fields[String(index)] else { return nil }
        value = next
      default: return nil
      }
    }
    return value
  }
}

/// A Lua function that the script handed over. The engine knows no more of it than this.
public struct Callback: Sendable, Hashable {
  /// Given out by the script host, valid for one loading of the script.
  public var id: Int32
  /// A hash of the compiled code and the values that it captured: comments and layout do not matter.
  public var digest: String

  public init(id: Int32, digest: String) {
    self.id = id
    self.digest = digest
  }
}

/// A string in a step's field. Most are known when the script is read, and cost no more than the string.
public enum Template: Sendable, Hashable {
  case plain(String)
  case dynamic(Expr)

  public var expr: Expr {
    switch self {
    case .plain(let text): .literal(.string(text))
    case .dynamic(let expr): expr
    }
  }
}

extension Expr {
  /// Every ref in the expression, in order.
  public func forEachRef(_ visit: (Ref) -> Void) {
    switch self {
    case .literal, .secret, .cell: break
    case .ref(let ref): visit(ref)
    case .concat(let parts), .list(let parts): for part in parts { part.forEachRef(visit) }
    case .map(let inner, _), .raw(let inner): inner.forEachRef(visit)
    case .tests(let list): for part in list.parts { part.forEachRef(visit) }
    case .table(let fields): for key in fields.keys.sorted() { fields[key]?.forEachRef(visit) }
    }
  }

  /// Every secret's name in the expression.
  public func forEachSecret(_ visit: (String) -> Void) {
    switch self {
    case .literal, .ref, .cell: break
    case .secret(let name): visit(name)
    case .concat(let parts), .list(let parts): for part in parts { part.forEachSecret(visit) }
    case .map(let inner, _), .raw(let inner): inner.forEachSecret(visit)
    case .tests(let list): for part in list.parts { part.forEachSecret(visit) }
    case .table(let fields): for field in fields.values { field.forEachSecret(visit) }
    }
  }
}
