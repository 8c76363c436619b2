import BatonCore
import BatonModel

/// A node by its number among the drafts, or by a name that may be declared later.
enum Link: Hashable {
  case node(Int)
  case name(String)
}

/// A declaration as it was read: links are not resolved and nothing is inherited yet.
struct Draft {
  enum Kind {
    case step(Command)
    case gate(GateSpec)
    case group(GroupDraft)
    indirect case service(ServiceSpec)
  }

  /// The full name.
  var name: String
  var kind: Kind
  var file: String
  var line: Int32
  /// The cell whose function declared it, as an index into ``Definition/scopes``.
  var scope: Int
  var depends: [Link]
  /// The options that it gives itself (named in `given`); nil: none.
  var own: OwnOptions?
  /// The group that it is a member of.
  var parent: Int?

  var place: SourcePlace { SourcePlace(file: file, line: line) }

  /// `step "build"`.
  var label: String { "\(kindName) \"\(name)\"" }

  var kindName: String {
    switch kind {
    case .step: "step"
    case .gate: "gate"
    case .service: "service"
    case .group(let group): group.style.rawValue
    }
  }
}

/// Boxed, because most steps have none.
final class OwnOptions {
  var values = StepOptions()
}

final class GroupDraft {
  let style: GroupSpec.Style
  var members: [Link] = []
  var max: Int?
  var failFast = false
  var maxFailures: Int?
  var pending: PendingMatrix?
  /// The services with a scope that it depends on itself.
  var services: [NodeIndex] = []

  init(style: GroupSpec.Style) { self.style = style }
}

/// Where names are looked up: the cell of a matrix, or the file.
struct Scope {
  /// `m[x=a]/`; empty for the file.
  var prefix: String
  /// The scope around it.
  var parent: Int?
  /// The matrix whose cell it is.
  var matrix: Int?
}

/// A matrix, from its declaration until its cells are made.
struct MatrixDraft {
  enum Maker {
    case function(Int32)
    case spec(LuaTable)
  }

  var node: Int
  var maker: Maker
  var include: [[String: Value]]
  var exclude: [[String: Value]]
  var order: [String]
  var subject: Subject
  private(set) var cells: [MatrixExpansion.Cell] = []
  /// The axes of all cells, those that `include` added too.
  private(set) var axes: Set<String> = []

  init(
    node: Int, maker: Maker, include: [[String: Value]], exclude: [[String: Value]], order: [String], subject: Subject
  ) {
    self.node = node
    self.maker = maker
    self.include = include
    self.exclude = exclude
    self.order = order
    self.subject = subject
  }

  mutating func take(_ cells: [MatrixExpansion.Cell]) {
    self.cells = cells
    axes = Set(cells.lazy.flatMap(\.values.keys))
  }
}
