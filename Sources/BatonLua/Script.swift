import BatonCore
import BatonModel

/// A workflow that was read: its plan, and the Lua functions that the engine calls back.
///
/// Used on one thread only.
public final class Script: ScriptHost {
  /// What to read, and what it is shown of the world.
  public struct Request {
    /// The path as diagnostics show it.
    public var file: String
    public var absolutePath: String
    public var source: [UInt8]
    /// Values of parameters with their types: from `--params`, or from the record of the run.
    public var params: [String: Value] = [:]
    /// Values of parameters as text, from `-p name=value`; they win.
    public var rawParams: [String: String] = [:]
    /// The recorded ones of a run that is resumed; fresh ones otherwise.
    public var observations: Observations
    /// Environment variables.
    public var environment: (String) -> String?
    /// Where `require` looks.
    public var modules: ModuleSearch
    /// What the project says of agents (`"agents"` of `baton.json`), for `baton.agents`; null: nothing.
    public var agents: Value = .null
    /// What the project's configuration says; of a run that is resumed counts what its observations say of it.
    public var settings = RunSettings()
    /// For reading the script, and for making the cells of one matrix.
    public var limit = Span(seconds: 10)
    /// What the Lua state may hold.
    public var memoryLimit: Int64 = 512 << 20
    /// Where `print` goes.
    public var onPrint: (String) -> Void = { _ in }
    /// Set where the script is read only to see what its bodies would do: tells the time, by which that is bounded.
    var explores: (() -> Instant)?

    public init(
      file: String, absolutePath: String, source: [UInt8], observations: Observations,
      environment: @escaping (String) -> String? = { _ in nil }, modules: ModuleSearch = []
    ) {
      self.file = file
      self.absolutePath = absolutePath
      self.source = source
      self.observations = observations
      self.environment = environment
      self.modules = modules
    }
  }

  public let plan: Plan
  /// What the script saw so far; callbacks may still add to it.
  public var observations: Observations { world.observations }
  public let warnings: [Diagnostic]
  /// Absolute paths of the script and of every module that it read.
  public let loadedFiles: [String]

  let vm: LuaVM
  let definition: Definition
  let world: World
  let entries: Entries
  let limit: Span
  /// The plan's nodes, and those that were made at run time.
  var nodes: [Node]
  /// What members inherit from the matrices whose cells are made at run time.
  var inheritance: [Int: PlanAssembly.Inherited]
  /// Executes durable bodies; made when the first one begins.
  var bodies: BodyHost?
  let standard: PlanAssembly.Inherited
  let exploration: Exploration?
  let file: String
  /// Draft → node, for drafts that were made at run time.
  var expanded: [Int: NodeIndex] = [:]

  /// Functions of the prelude.
  struct Entries {
    var makeCells: Int32
    var unfinished: Int32
    var names: Int32
  }

  /// Reads the script. All its mistakes are thrown at once.
  public static func load(_ request: Request) throws(Diagnostics) -> Script {
    try Script(Reading(request, areParamsOptional: false))
  }

  /// Everything that ``load(_:)`` reports, as well as warnings, in the order of their places. Parameters need no values.
  public static func check(_ request: Request) -> [Diagnostic] { examine(request).findings }

  /// What a script and its modules look like to one who does not run them.
  public struct Examination {
    /// What ``check(_:)`` tells.
    public var findings: [Diagnostic]
    /// nil: something is wrong with it.
    public var plan: Plan?
    /// Where nothing is wrong but that functions of a matrix ended with errors: the plan without their cells, and these.
    public var partial: (plan: Plan, missing: [String])?
    /// The texts of the script and of all modules that it read, those of the standard library left out.
    public var sources: [(file: String, text: [UInt8])]
    /// The names that every script has.
    public var globals: [String]
  }

  /// What ``check(_:)`` tells, and the plan where nothing is wrong with it.
  public static func examine(_ request: Request) -> Examination {
    let reading = Reading(request, areParamsOptional: true)
    var found = Examination(findings: [], sources: [], globals: [])
    do throws(Diagnostics) {
      let script = try Script(reading)
      found.findings = script.warnings
      found.plan = script.plan
    } catch {
      found.findings = error.items
      found.partial = reading.partial.map { ($0, reading.definition.failedCells) }
    }
    found.sources = reading.definition.sources.texts.filter { Stdlib.modules[$0.file] == nil }
    found.globals = reading.names
    return found
  }

  /// The names that every script has, beside those of Lua itself.
  public static var globals: [String] {
    let nothing = Request(
      file: "nothing", absolutePath: "/nothing", source: [],
      observations: Observations(time: Instant(milliseconds: 0), seed: 0))
    let lua: Set<String> = [
      "_G", "_VERSION", "assert", "collectgarbage", "coroutine", "error", "getmetatable", "ipairs", "load", "math",
      "next", "os", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "require", "select",
      "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8", "xpcall",
    ]
    return examine(nothing).globals.filter { !lua.contains($0) }.sorted()
  }

  /// Whether a text is Lua: empty, or the mistake that keeps it from being compiled. Nothing of it is run.
  public static func compile(_ source: [UInt8], file: String) -> [Diagnostic] {
    do throws(LuaFailure) {
      _ = try LuaVM().compile(source, chunkName: file, env: .sandbox)
      return []
    } catch {
      return [Diagnostic(error.message, at: error.place ?? SourcePlace(file: file), code: "B001")]
    }
  }

  init(_ reading: Reading) throws(Diagnostics) {
    let definition = reading.definition
    guard let (vm, entries) = reading.run() else {
      reading.assembleWhatThereIs()
      throw Diagnostics(definition.mistakes.sorted)
    }
    let plan = reading.assemble()
    guard definition.mistakes.errors == 0 else {
      reading.keep(plan)
      throw Diagnostics(definition.mistakes.sorted)
    }
    self.plan = plan
    self.vm = vm
    self.entries = entries
    self.definition = definition
    world = reading.world
    limit = reading.request.limit
    warnings = definition.mistakes.sorted
    loadedFiles = [reading.request.absolutePath] + world.files
    nodes = plan.nodes
    inheritance = reading.inheritance
    standard = reading.defaults()
    exploration = reading.exploration
    file = reading.request.file
    definition.phase = .calling
  }

  public func call(_ callback: Callback, _ arguments: [Value], limit: Span) -> CallbackResult {
    do throws(LuaFailure) {
      let results = try vm.call(callback.id, arguments.map(LuaItem.init), limit: limit, heedsSignals: true)
      var values: [Value] = []
      for result in results {
        guard let value = result.value else {
          return .raised("the function returned \(result.phrase), where a plain value is needed")
        }
        values.append(value)
      }
      return .returned(values.isEmpty ? [.null] : values)
    } catch {
      switch error.kind {
      case .halt(let reason): return .halted(reason)
      case .fail(let reason): return .failed(reason)
      default: return .raised(error.text)
      }
    }
  }
}
