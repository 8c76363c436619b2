import BatonLua

/// An expression of a Lua source, with the tokens that it is made of.
final class LuaNode {
  indirect enum Kind {
    case null
    case truth(Bool)
    case number, vararg
    /// As it stands between its delimiters.
    case string(String)
    /// nil: a global.
    case name(String, LuaBinding?)
    /// `a.b`, `a[b]`.
    case index(LuaNode, LuaNode)
    case call(LuaNode, [LuaNode])
    /// `a:b(…)`.
    case method(LuaNode, String, [LuaNode])
    case function(LuaFunction)
    case table([LuaField])
    case unary(String, LuaNode)
    case binary(String, LuaNode, LuaNode)
    case parenthesis(LuaNode)
  }

  let kind: Kind
  /// Positions of its first and last token.
  let first: Int
  let last: Int

  init(_ kind: Kind, _ first: Int, _ last: Int) {
    self.kind = kind
    self.first = first
    self.last = last
  }

  var string: String? { if case .string(let text) = kind { text } else { nil } }
  var function: LuaFunction? { if case .function(let function) = kind { function } else { nil } }
  var table: [LuaField]? { if case .table(let fields) = kind { fields } else { nil } }
  /// The name, where it is a global.
  var global: String? { if case .name(let name, nil) = kind { name } else { nil } }
  var binding: LuaBinding? { if case .name(_, let binding) = kind { binding } else { nil } }
  /// Without parentheses around it.
  var bare: LuaNode { if case .parenthesis(let inner) = kind { inner.bare } else { self } }
}

/// One entry of a table constructor.
struct LuaField {
  enum Key {
    case none
    case name(String, token: Int)
    case computed(LuaNode)
  }

  let key: Key
  let value: LuaNode
  /// `name = …`, `["name"] = …`.
  var name: String? {
    switch key {
    case .none: nil
    case .name(let name, _): name
    case .computed(let node): node.string
    }
  }
}

/// A local variable, parameter or loop variable.
final class LuaBinding {
  let name: String
  /// The token that declares it.
  let token: Int
  unowned let owner: LuaFunction
  /// What it is given where it is declared: alone, so that it is known what.
  var initial: LuaNode?
  /// The list that it goes through, of a loop variable.
  var iterated: LuaNode?
  let isParameter: Bool
  var isReassigned = false

  init(_ name: String, token: Int, owner: LuaFunction, isParameter: Bool = false) {
    self.name = name
    self.token = token
    self.owner = owner
    self.isParameter = isParameter
  }
}

/// A function of the source; the outermost one is the whole file.
final class LuaFunction {
  private(set) weak var parent: LuaFunction?
  let first: Int
  var last = 0
  var parameters: [LuaBinding] = []
  var statements: [LuaStatement] = []

  init(parent: LuaFunction?, first: Int) {
    self.parent = parent
    self.first = first
  }

  /// Whether it is the function, or stands in it.
  func isWithin(_ other: LuaFunction) -> Bool {
    var current: LuaFunction? = self
    while let function = current {
      if function === other { return true }
      current = function.parent
    }
    return false
  }
}

/// A statement, with its first token.
struct LuaStatement {
  indirect enum Kind {
    case local([LuaBinding], [LuaNode])
    case assign([LuaNode], [LuaNode])
    case call(LuaNode)
    case block([LuaStatement])
    /// `while`, `repeat`, `for`: what is worked out for it, and what is done in each round.
    case loop([LuaNode], [LuaStatement])
    case branch([(condition: LuaNode?, then: [LuaStatement])])
    /// `function a.b() … end`.
    case function(LuaNode, LuaFunction)
    case localFunction(LuaBinding, LuaFunction)
    case returns([LuaNode])
    /// `break`, `goto`, a label.
    case jump
  }

  let kind: Kind
  let first: Int
}

/// A file as it was parsed.
struct LuaTree {
  let file: String
  let source: [UInt8]
  let tokens: [LuaToken]
  let comments: [LuaComment]
  let root: LuaFunction

  /// nil: it is no Lua, or nests deeper than can be followed.
  init?(file: String, source: [UInt8]) {
    let (tokens, comments) = LuaLexer.read(source)
    guard let root = LuaParser.parse(tokens) else { return nil }
    self.file = file
    self.source = source
    self.tokens = tokens
    self.comments = comments
    self.root = root
  }
}
