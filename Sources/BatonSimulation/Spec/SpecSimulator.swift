import BatonCore
import BatonLua
import BatonModel
import BatonRuntime

/// Simulates what the tests of one file ask for, and answers what they ask about it.
final class SpecSimulator {
  let file: String
  let path: String
  let environment: SpecEnvironment
  /// Of `mocks {…}`: what every simulation of the file begins with.
  private(set) var base: LuaItem?
  private(set) var count = 0
  private(set) var attempts = 0
  private var runs: [Int: SimulatedRun] = [:]
  private var call: (Int32, [LuaItem]) throws(LuaFailure) -> [LuaItem] = { _, _ in [] }
  /// The message of the last assertion that did not hold.
  private var lastAssertion: () -> String? = { nil }

  init(file: String, path: String, environment: SpecEnvironment) {
    self.file = file
    self.path = path
    self.environment = environment
  }

  /// Forgets the results that came after the first so many; who asks for them is told so.
  func forget(after kept: Int) {
    for number in runs.keys where number > kept { runs[number] = nil }
  }

  func register(_ vm: LuaVM, lastAssertion: @escaping () -> String?) throws(LuaFailure) {
    self.lastAssertion = lastAssertion
    call = { [unowned vm] function, arguments throws(LuaFailure) in try vm.call(function, arguments) }
    try vm.register("simulate") { [unowned self] asked in
      do throws(MockProblem) {
        return .values([.integer(Int64(try simulate(asked[0].string, asked[1]))), try summary(count)])
      } catch {
        if let place = error.place { return .raise("\(place.text): \(error.text)", level: 0) }
        return .raise(error.text)
      }
    }
    try vm.register("mocks") { [unowned self] asked in
      do throws(MockProblem) {
        _ = try reader.spec(asked[0], base: nil, subject: "mocks")
        base = asked[0]
        return .none
      } catch {
        return .raise(error.text)
      }
    }
    try vm.register("simulated") { [unowned self] asked in
      guard let run = run(asked[0]) else { return .raise(Self.forgotten) }
      switch asked[1].string {
      case "order": return .values([.table(LuaTable(items: run.order.map(LuaItem.string)))])
      case "events": return .values([LuaItem(run.events)])
      case "notifications": return .values([LuaItem(run.notifications)])
      case "gates": return .values([LuaItem(run.gates)])
      case "warnings": return .values([.table(LuaTable(items: run.warnings.map(LuaItem.string)))])
      case let name:
        let field = name.map { "\"\($0)\"" } ?? asked[1].phrase
        let cure =
          name.flatMap { Names.proposal(for: $0, in: Self.fields) }
          ?? "known are \(Self.fields.joined(separator: ", "))"
        return .raise("the result of simulate has no field \(field): \(cure)")
      }
    }
    try vm.register("simulated_step") { [unowned self] asked in
      guard let run = run(asked[0]) else { return .raise(Self.forgotten) }
      return .values([asked[1].string.flatMap(run.step).map(LuaItem.init) ?? .null])
    }
    try vm.register("simulated_names") { [unowned self] asked in
      guard let run = run(asked[0]) else { return .raise(Self.forgotten) }
      return .values([.table(LuaTable(items: run.names.map(LuaItem.string)))])
    }
  }

  private static let forgotten = "the result of a simulation can be looked at only in the test that made it"
  private static let fields = [
    "duration", "events", "exit_code", "gates", "notifications", "order", "printed", "reason", "status", "steps",
    "warnings",
  ]

  private func run(_ number: LuaItem) -> SimulatedRun? { number.integer.flatMap { runs[Int($0)] } }

  var reader: SimulationReader {
    SimulationReader(
      mocks: MockReader { [unowned self] (function, asked) throws(MockProblem) in
        do throws(LuaFailure) {
          return try call(function, [.integer(Int64(asked.attempt)), Self.told(asked)]).first ?? .null
        } catch {
          throw MockProblem(error.message, at: error.place)
        }
      })
  }

  /// What the function of a mock is told of the step.
  private static func told(_ asked: MockCall) -> LuaItem {
    let launch = asked.launch
    var fields: [String: Value] = [
      "name": .string(launch.step), "attempt": .integer(Int64(asked.attempt)),
      "command": .string(launch.commandLine), "args": .list(launch.ownArguments.map { .string($0) }),
      "cwd": .string(launch.workingDirectory), "executor": .string(launch.elsewhere?.text ?? "local"),
    ]
    var variables: [String: Value] = [:]
    for (name, value) in launch.extraEnvironment {
      if name == "BATON_CHECKPOINT" { fields["checkpoint"] = .string(value) }
      if !name.hasPrefix("BATON_") { variables[name] = .string(value) }
    }
    fields["env"] = .map(variables)
    if let call = launch.calledWorkflow { fields["call"] = call }
    if let stdin = launch.standardInput { fields["stdin"] = .string(stdin) }
    if let tests = launch.tests { fields["tests"] = .list(tests.map { .string($0) }) }
    return LuaItem(.map(fields))
  }

  // MARK: Simulating

  private var printed: [Int: [String]] = [:]

  private func simulate(_ named: String?, _ table: LuaItem) throws(MockProblem) -> Int {
    let spec = try reader.spec(table, base: base)
    if named != nil, spec.file ?? spec.source != nil {
      throw MockProblem("simulate has a file before its table, and another workflow in it: one of them")
    }
    var source = try workflow(named ?? spec.file, spec.source)
    source.params = spec.params
    source.environment = spec.environment
    source.agents = environment.agents
    source.settings = environment.settings
    source.settings.config.merge(spec.config) { _, own in own }
    source.settings.flags.merge(spec.flags) { _, own in own }
    var lines: [String] = []
    source.onPrint = { lines.append($0) }
    let observations = Observations(time: spec.options.start, seed: spec.seed)
    let script: Script
    do throws(Diagnostics) {
      script = try source.load(observations)
    } catch {
      throw MockProblem("the workflow cannot be read:\n\(error.text)")
    }
    var options = spec.options
    options.resources = environment.resources.merging(options.resources) { _, new in new }
    options.people.roles = environment.roles
    let simulation = Simulation(
      plan: script.plan, host: script, observations: script.observations, mocks: spec.mocks, options: options)
    let run = try Self.finished(simulation, spec.mocks, script.plan)
    count += 1
    attempts += run.world.starts.count
    runs[count] = run
    printed[count] = lines
    return count
  }

  /// The run to its end; what keeps it from one is thrown.
  static func finished(_ simulation: Simulation, _ mocks: MockBook, _ plan: Plan) throws(MockProblem) -> SimulatedRun {
    let course: Simulation.Course
    do throws(BatonError) {
      course = try simulation.course()
    } catch {
      throw MockProblem(error.text)
    }
    switch course.end {
    case .unusable(let problem): throw problem
    case .died: throw MockProblem("the driver died")
    case .stuck(let steps):
      let names = steps.map { "\"\($0)\"" }.joined(separator: ", ")
      throw MockProblem(
        "the run would wait for ever: \(names) never ends, because its mock says timeout = true and it has no timeout")
    case .ended, .waiting:
      var status = RunStatus.waiting
      if case .ended(let ended) = course.end { status = ended }
      let run = SimulatedRun(course, status: status, plan: plan, world: simulation.world)
      if !mocks.isEmpty, let problem = mocks.unused(steps: run.names).first { throw problem }
      return run
    }
  }

  private func summary(_ number: Int) throws(MockProblem) -> LuaItem {
    guard let run = runs[number] else { throw MockProblem(Self.forgotten) }
    var fields: [String: Value] = [
      "status": .string(run.status.rawValue), "exit_code": .integer(Int64(run.status.exitCode)),
      "duration": .number((run.end - run.start).seconds),
      "printed": .list((printed.removeValue(forKey: number) ?? []).map { .string($0) }),
    ]
    if let reason = run.reason { fields["reason"] = .string(reason) }
    return LuaItem(.map(fields))
  }

  /// A file beside the spec, or text; without either, the workflow that the spec is named after.
  private func workflow(_ name: String?, _ text: String?) throws(MockProblem) -> WorkflowSource {
    if let text {
      return WorkflowSource(
        file: "(source)", path: path + ".source", text: Array(text.utf8), modules: environment.modules(path))
    }
    let standard = Self.workflow(ofSpec: file)
    guard let shown = name.map({ Self.beside(file, $0) }) ?? standard else {
      throw MockProblem(
        "which workflow? \(file) is not named after one (WORKFLOW_test.lua): simulate(\"workflow.lua\", { … })")
    }
    let absolute = name.map { Self.beside(path, $0) } ?? Self.workflow(ofSpec: path) ?? path
    do {
      return WorkflowSource(
        file: shown, path: absolute, text: try environment.read(absolute),
        modules: environment.modules(absolute))
    } catch let error as BatonError {
      throw MockProblem(error.message)
    } catch let error as Diagnostics {
      throw MockProblem("the workflow cannot be read:\n\(error.text)")
    } catch {
      throw MockProblem("cannot read \(absolute)")
    }
  }

  private static let suffix = "_test.lua"

  /// `release.lua` of `release_test.lua`.
  static func workflow(ofSpec file: String) -> String? {
    file.hasSuffix(suffix) ? String(file.dropLast(suffix.count)) + ".lua" : nil
  }

  /// A path that is relative to the folder of another.
  private static func beside(_ file: String, _ name: String) -> String {
    guard !name.hasPrefix("/"), let cut = file.lastIndex(of: "/") else { return name }
    return String(file[...cut]) + name
  }
}
