import BatonCore
import BatonModel

/// What a script has declared so far. Reports mistakes and goes on, so that all of them are told at once.
final class Definition {
  enum Phase {
    case defining
    /// The cells of a matrix over refs are being made.
    case expanding
    /// A callback runs: nothing may be declared.
    case calling
  }

  let sources: SourceMap
  var mistakes: Mistakes
  var phase = Phase.defining
  var drafts: [Draft] = []
  /// Drafts before this one are planned already and stay as they are.
  var firstNew = 0
  /// Full name → draft.
  var names: [String: Int] = [:]
  var scopes = [Scope(prefix: "", parent: nil)]
  var scope = 0
  var workflow = WorkflowDraft()
  var notifications: [NotificationSpec] = []
  var quarantine: [QuarantineEntry] = []
  var matrices: [Int: MatrixDraft] = [:]
  /// Services with a scope, by the node that each was declared as.
  var scopedServices: [NodeIndex: ServiceScopes.Declared] = [:]
  /// Those that users have for themselves, by name.
  var ownServices: [String: NodeIndex] = [:]
  /// The matrix whose cells are being made.
  var expandingMatrix: Int?
  /// `depends "name" {…}`.
  var furtherDependencies: [FurtherDependency] = []
  /// Where the script ended early, or functions of a matrix did: what the rest of it may have declared.
  var unseen: UnseenNames?
  /// The cells whose function ended with an error.
  private(set) var failedCells: [String] = []
  /// Given by the host: digests of functions.
  var digest: (Int32) -> String = { _ in "" }
  /// Whether what a function prints was printed before: a body that waited is executed again from its top.
  var isRepeating: () -> Bool = { false }
  /// By the function's handle: they count from 1.
  private var callbacks: [Callback?] = []
  private var lastDigest = ""
  private var lastFile = ""

  struct FurtherDependency {
    var target: Link
    var links: [Link]
    var scope: Int
    var subject: Subject
  }

  init(sources: SourceMap) {
    self.sources = sources
    mistakes = Mistakes(sources: sources)
  }

  /// The function of a matrix ended with an error for a cell (1-based). The rest of the script is looked at all the same.
  func cellFailed(_ matrix: Int, _ number: Int, _ message: String, at place: SourcePlace?) {
    mistakes.error(message, at: place, code: message.contains("is not defined") ? "B003" : "B002")
    guard let draft = matrices[matrix], draft.cells.indices.contains(number - 1) else { return }
    failedCells.append("\(drafts[matrix].name)[\(draft.cells[number - 1].label)]")
    unseen = UnseenNames(unseen, cells: failedCells)
  }

  func callback(_ number: Int32) -> Callback {
    let place = Int(number)
    if callbacks.indices.contains(place), let known = callbacks[place] { return known }
    var callback = Callback(id: number, digest: digest(number))
    // Thousands of steps may have the same function: then they share its digest.
    if callback.digest == lastDigest { callback.digest = lastDigest } else { lastDigest = callback.digest }
    while callbacks.count <= place { callbacks.append(nil) }
    if place >= 0 { callbacks[place] = callback }
    return callback
  }

  // MARK: Names

  /// Why a name can't be used.
  static func invalid(_ name: String) -> String {
    if name.isEmpty { return "a name can't be empty" }
    if name.utf8.count > 100 { return "a name has at most 100 letters, this one has \(name.utf8.count)" }
    return "a name is made of A-Z a-z 0-9 _ . -, \"\(name)\" is not"
  }

  /// The full name of a handle's node.
  func name(ofHandle payload: LuaItem) -> String {
    if let number = payload.integer, drafts.indices.contains(Int(number)) { return drafts[Int(number)].name }
    guard let name = payload.string else { return "?" }
    return find(name, from: scope).map { drafts[$0].name } ?? scopes[scope].prefix + name
  }

  /// Looks a name up, in the scope first, then outwards.
  func find(_ name: String, from scope: Int) -> Int? {
    if scope == 0 { return names[name] }
    var current: Int? = scope
    while let index = current {
      if let found = names[scopes[index].prefix + name] { return found }
      current = scopes[index].parent
    }
    return nil
  }

  func link(ofHandle payload: LuaItem) -> Link? {
    if let number = payload.integer { return .node(Int(number)) }
    return payload.string.map(Link.name)
  }

  // MARK: Declaring

  /// Adds a node under a name that the user gave. A wrong name is reported, and the node is there all the same.
  func declare(_ kind: Draft.Kind, subject: Subject, depends: [Link], own: OwnOptions?) -> Int {
    if !Names.isValid(subject.name) {
      mistakes.error("\(subject.kind): \(Self.invalid(subject.name))", at: subject.place, code: "B008")
    }
    let prefix = scopes[scope].prefix
    let name = prefix.isEmpty ? subject.name : prefix + subject.name
    return add(kind, name: name, subject: subject, depends: depends, own: own)
  }

  /// Adds a node under its full name.
  func add(_ kind: Draft.Kind, name: String, subject: Subject, depends: [Link], own: OwnOptions?) -> Int {
    if subject.place.file != lastFile { lastFile = subject.place.file }
    let number = drafts.count
    if let other = names.updateValue(number, forKey: name) {
      names[name] = other
      mistakes.error(
        "\(subject.kind) \"\(name)\" is declared twice", at: subject.place,
        cure: "the first is at \(drafts[other].place.text)", code: "B007")
    }
    drafts.append(
      Draft(
        name: name, kind: kind, file: lastFile, line: subject.place.line, scope: scope, depends: depends, own: own))
    return number
  }

  /// The subject of a declaration. A name that is no string is reported.
  func subject(_ kind: String, _ name: LuaItem, _ place: SourcePlace) -> Subject {
    if case .string(let name) = name { return Subject(kind: kind, name: name, place: place) }
    mistakes.error(
      "\(kind) needs a name before its fields, not \(name.phrase)", at: place, cure: "\(kind) \"name\" { … }",
      code: "B006")
    return Subject(kind: kind, name: "unnamed-\(drafts.count + 1)", place: place)
  }

  /// The fields of a declaration: also where they stand without a name before them.
  func fields(_ name: LuaItem, _ spec: LuaItem) -> LuaItem {
    if case .table = name, spec == .null { return name }
    return spec
  }

  /// Dependencies: a handle, a name, a list of them.
  func links(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey], into links: inout [Link]) {
    switch item {
    case .string(let name): links.append(.name(name))
    case .object("handle", let payload): if let link = link(ofHandle: payload) { links.append(link) }
    case .object("expr", .table(let payload)) where payload.items.first == .string("ref"):
      if let link = payload.items.dropFirst().first.flatMap(link) { links.append(link) }
    case .table(let table) where table.fields.isEmpty && table.strays.isEmpty:
      for (index, item) in table.items.enumerated() {
        self.links(item, reader, path + [.index(Int64(index + 1))], into: &links)
      }
    case .function:
      reader.wrong(
        path, expected: "a step, a name or a list of them", got: item,
        cure: "a declaration that has a name but no fields is a function: step \"name\" { … }")
    case .null, .bool, .integer, .number, .table, .object:
      reader.wrong(path, expected: "a step, a name or a list of them", got: item)
    }
  }
}
