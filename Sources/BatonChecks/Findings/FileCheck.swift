import BatonLua
import BatonModel

/// Looks through one Lua file: what the loader says of it, and what can be told from its text and its plan.
public struct FileCheck {
  /// What kind of file it is.
  public enum Role: Sendable {
    /// A workflow, or a module.
    case script
    /// `NAME_test.lua`: words of specs, run by `baton test`.
    case spec
    /// `---@meta`: declarations for editors.
    case types
    /// Another format, of which only what the loader tells is known.
    case document
  }

  /// Whether the text is Lua with functions in it.
  public var isLua: Bool { role == .script || role == .spec }

  /// As the user named it.
  public let file: String
  public let source: [UInt8]
  public let role: Role
  /// What the loader found.
  public var loaded: [Diagnostic] = []
  /// nil: the loader found errors.
  public var plan: Plan?
  /// Cells of which nothing is known, as their functions ended with errors; then ``known`` is not whole.
  public private(set) var missing: [String] = []
  /// The plan, as far as it is known.
  public var known: Plan? { plan ?? partial }
  private var partial: Plan?
  /// The texts of all files that the script read, this one too.
  public var sources: [(file: String, text: [UInt8])] = []
  /// Names of this language.
  public var globals: [String] = []

  /// Longer files are written by programs: only the loader looks at them.
  private static let longest = 512 << 10

  /// Reads the file, without running a step.
  ///
  /// - Parameter request: for running a script, to see what it declares.
  public init(_ request: Script.Request) {
    file = request.file
    source = request.source
    role = Self.role(of: request.file, request.source)
    switch role {
    case .script:
      let found = Script.examine(request)
      (loaded, plan, sources, globals) = (found.findings, found.plan, found.sources, found.globals)
      if let found = found.partial { (partial, missing) = found }
    case .spec, .types, .document: loaded = Script.compile(source, file: file)
    }
  }

  /// A workflow in another format: what the loader found in it.
  public init(document request: Script.Request, loaded: [Diagnostic], plan: Plan?) {
    (file, source, role) = (request.file, request.source, .document)
    (self.loaded, self.plan) = (loaded, plan)
  }

  static func role(of file: String, _ source: [UInt8]) -> Role {
    if source.starts(with: "---@meta".utf8) { return .types }
    return file.hasSuffix("_test.lua") ? .spec : .script
  }

  /// Everything that was found, in the order of the lines.
  ///
  /// - Parameter further: findings of others, of luacheck for example.
  public func findings(_ further: [Diagnostic] = []) -> [CheckFinding] {
    var found = loaded.map { CheckFinding($0) }
    let tree = source.count <= Self.longest && isLua ? LuaTree(file: file, source: source) : nil
    if let tree {
      for index in found.indices { FieldFix.add(to: &found[index], tree) }
      if role == .script {
        let facts = ScriptFacts(tree, check: self)
        NameRules.look(facts, &found)
        found += ShellRules(facts).findings + BodyRules(facts).findings + ValueRules(facts).findings
        found += DependencyRules(facts).findings + ChildNames(facts).findings + StatusRules(facts).findings
        found += Futures(facts).findings
        if let plan = known {
          let graph = GraphRules(plan, facts).findings
          found += graph + RefusalRules(plan, facts, told: graph).findings
          found += RemovalRules(plan, facts).findings
        }
      }
      found += SecretRules(tree, isSpec: role == .spec).findings
    }
    let told = Set(found.compactMap { $0.code == "B003" || $0.code == "B029" ? $0.diagnostic.place?.line : nil })
    found += further.filter { !($0.code == "W113" && told.contains($0.place?.line ?? 0)) }.map { CheckFinding($0) }
    if role == .document { return Self.sorted(found) }
    let comments = tree?.comments ?? LuaLexer.read(source).comments
    return Ignoring(comments, tokens: tree?.tokens ?? [], file: file).apply(to: Self.sorted(found))
  }

  /// By file (this one first where it is), line and column; each once.
  static func sorted(_ found: [CheckFinding]) -> [CheckFinding] {
    var seen: Set<Diagnostic> = []
    let unique = found.filter { seen.insert($0.diagnostic).inserted }
    return unique.enumerated().sorted { left, right in
      let (one, other) = (left.element.diagnostic.place, right.element.diagnostic.place)
      let (a, b) = (
        (one?.file ?? "", one?.line ?? 0, one?.column ?? 0), (other?.file ?? "", other?.line ?? 0, other?.column ?? 0)
      )
      return a == b ? left.offset < right.offset : a < b
    }.map(\.element)
  }
}
