/// Visits every expression and statement of a file, and tells where it stands.
struct LuaWalk {
  /// What stands around, from the outside in.
  enum Around {
    case node(LuaNode)
    /// A field of the table before it.
    case field(LuaField)
    case function(LuaFunction)
    case loop(first: Int)
    /// What decides: of `if`, `while`, `repeat`.
    case condition
    /// The expression is a statement of its own: its result is thrown away.
    case statement
  }

  var onNode: (LuaNode, [Around]) -> Void = { _, _ in }
  var onStatement: (LuaStatement, [Around]) -> Void = { _, _ in }
  private var around: [Around] = []

  init(
    onNode: @escaping (LuaNode, [Around]) -> Void, onStatement: @escaping (LuaStatement, [Around]) -> Void = { _, _ in }
  ) {
    self.onNode = onNode
    self.onStatement = onStatement
  }

  mutating func walk(_ tree: LuaTree) { enter(tree.root) }

  private mutating func enter(_ function: LuaFunction) {
    within(.function(function)) { $0.walk(function.statements) }
  }

  private mutating func within(_ place: Around, _ act: (inout LuaWalk) -> Void) {
    around.append(place)
    act(&self)
    around.removeLast()
  }

  private mutating func walk(_ statements: [LuaStatement]) {
    for statement in statements {
      onStatement(statement, around)
      switch statement.kind {
      case .local(_, let values), .returns(let values): walk(values)
      case .assign(let targets, let values):
        walk(targets)
        walk(values)
      case .call(let node): within(.statement) { $0.walk(node) }
      case .block(let inside): walk(inside)
      case .loop(let heads, let inside):
        within(.condition) { $0.walk(heads) }
        within(.loop(first: statement.first)) { $0.walk(inside) }
      case .branch(let parts):
        for part in parts {
          if let condition = part.condition { within(.condition) { $0.walk(condition) } }
          walk(part.then)
        }
      case .function(let target, let function):
        walk(target)
        enter(function)
      case .localFunction(_, let function): enter(function)
      case .jump: break
      }
    }
  }

  private mutating func walk(_ nodes: [LuaNode]) { for node in nodes { walk(node) } }

  private mutating func walk(_ node: LuaNode) {
    onNode(node, around)
    within(.node(node)) { walk in
      switch node.kind {
      case .null, .truth, .number, .vararg, .string, .name: break
      case .index(let base, let key): walk.walk([base, key])
      case .call(let callee, let arguments): walk.walk([callee] + arguments)
      case .method(let base, _, let arguments): walk.walk([base] + arguments)
      case .function(let function): walk.enter(function)
      case .table(let fields):
        for field in fields {
          if case .computed(let key) = field.key { walk.walk(key) }
          walk.within(.field(field)) { $0.walk(field.value) }
        }
      case .unary(_, let operand): walk.walk(operand)
      case .binary(_, let left, let right): walk.walk([left, right])
      case .parenthesis(let inner): walk.walk(inner)
      }
    }
  }
}
