import BatonModel

/// Writes a workflow of GitHub Actions as Lua.
struct GitHubWriter {
  private(set) var workflow: GitHubWorkflow
  let file: String
  var lua = LuaWriter()
  var locals = NameMaker(taken: [
    "actions", "github", "cell", "job", "step", "params", "env", "raw", "secret", "sequence", "matrix", "call",
    "workflow", "fail",
  ])
  /// What is known of the jobs that were named: filled before anything is written.
  private(set) var jobs: [String: GitHubScope.JobReference] = [:]
  /// Whether each job works in a folder of its own.
  let ownFolders: Bool

  var notes: Notes { workflow.notes }

  /// The same, to see what comes of something: it tells nobody.
  var onTrial: GitHubWriter {
    var writer = self
    writer.workflow.notes = Notes()
    return writer
  }

  static func write(_ workflow: GitHubWorkflow, file: String) throws(Diagnostics) -> Imported {
    var writer = GitHubWriter(workflow, file: file)
    let body = writer.body()
    writer.tellSecrets(body)
    var head = LuaWriter()
    writer.header(&head)
    return Imported(format: "github", lua: head.text + body, notes: writer.notes.sorted)
  }

  private init(_ workflow: GitHubWorkflow, file: String) {
    self.workflow = workflow
    self.file = file
    // Where the workflow's own environment is declared, its parameters are not known yet.
    let made = workflow.env.filter { Self.namesInputs($0.value) }
    self.workflow.env.removeAll { Self.namesInputs($0.value) }
    for (position, job) in workflow.jobs.enumerated() {
      let own = Set(job.env.map(\.key))
      self.workflow.jobs[position].env = made.filter { !own.contains($0.key) } + job.env
    }
    ownFolders = workflow.jobs.count > 1 || workflow.jobs.contains { $0.matrix != nil }
  }

  private static func namesInputs(_ node: Node) -> Bool {
    ActionExpression.paths(in: node.text).contains {
      $0[0] == "inputs" || $0.starts(with: ["github", "event", "inputs"])
    }
  }

  /// A run does not begin while a secret that the script names is not set.
  private func tellSecrets(_ body: String) {
    let used = SecretNames(of: workflow).uses.filter { body.contains("secret \(LuaText.quoted($0.name))") }
    guard let first = used.first else { return }
    notes.told(
      first.mark, "secrets",
      "set before a run, with baton secret set or in its environment, empty where there is none: "
        + used.map(\.name).joined(separator: ", "))
  }

  // MARK: The whole

  private mutating func body() -> String {
    for job in workflow.jobs { jobs[job.id] = reference(to: job) }
    lua.line()
    lua.line("local actions = require \"baton.actions\"")
    lua.line()
    context()
    lua.line()
    declaration()
    for position in JobOrder(workflow.jobs).order {
      lua.line()
      JobWriter.write(workflow.jobs[position], with: &self)
    }
    return lua.text
  }

  private func header(_ head: inout LuaWriter) {
    head.comment("Imported from \(file) by baton import.")
    head.comment("On GitHub it runs on: \(eventText).")
    for cron in workflow.schedules {
      head.comment("The same in a crontab: \(cron) cd PROJECT && baton run THIS-FILE")
    }
    let lost = notes.sorted.filter(\.isLost)
    let told = notes.sorted.filter { !$0.isLost }
    for (title, list) in [("What has no counterpart here, and fails:", lost), ("What is different here:", told)]
    where !list.isEmpty {
      head.comment("")
      head.comment(title)
      for note in list { head.comment("  line \(note.mark.line): \(note.path): \(note.message)") }
    }
  }

  private var eventText: String {
    let texts = workflow.events.map { name, detail -> String in
      guard let detail, !detail.isNull, name != "schedule", name != "workflow_dispatch", name != "workflow_call" else {
        return name
      }
      return "\(name) \(JSON.encode(detail.value))"
    }
    return texts.isEmpty ? "nothing" : texts.joined(separator: ", ")
  }

  /// The event that a run is taken for.
  private var event: String {
    let names = workflow.events.map(\.name)
    return ["push", "pull_request", "workflow_dispatch"].first(where: names.contains) ?? names.first ?? "push"
  }

  private mutating func context() {
    let workspace = ownFolders ? ", workspace = \"job\"" : ""
    lua.line(
      "local github = actions.context { workflow = \(LuaText.quoted(workflow.name)), event_name = \(LuaText.quoted(event))\(workspace) }"
    )
  }

  private mutating func declaration() {
    let name = Names.isValid(workflow.name) ? workflow.name : NameMaker.slug(workflow.name, atMost: 80)
    let base = file.split(separator: "/").last.map(String.init) ?? file
    lua.open("workflow \(LuaText.quoted(name.isEmpty ? NameMaker.slug(base) : name)) {")
    if !workflow.name.isEmpty, workflow.name != name { lua.line("description = \(LuaText.quoted(workflow.name)),") }
    if !workflow.inputs.isEmpty {
      lua.open("params = {")
      for input in workflow.inputs { lua.line("\(LuaText.key(input.name)) = \(parameter(input)),") }
      lua.close("},")
    }
    let scope = scope(of: nil)
    let environment = Self.environment(workflow.env, scope)
    if environment.entries.isEmpty {
      lua.line("env = actions.env(github),")
    } else {
      lua.open("env = actions.env(github, {")
      for entry in environment.entries { lua.line("\(LuaText.key(entry.name)) = \(entry.code),") }
      lua.close("}),")
    }
    lua.close("}")
  }

  private func parameter(_ input: GitHubWorkflow.Input) -> String {
    var fields: [String] = []
    if let made = madeDefault(of: input) { fields.append("default = \(made)") }
    let fallback = input.fallback.flatMap { $0.text?.contains("${{") == true ? nil : $0 }
    var kind = "string"
    switch input.type {
    case "boolean":
      kind = "boolean"
      if let flag = fallback?.bool ?? (fallback?.text).map({ $0 == "true" }) { fields.append("default = \(flag)") }
    case "number":
      kind = "number"
      if let number = fallback?.value.number { fields.append("default = \(LuaText.value(.number(number)))") }
    case "choice" where !input.options.isEmpty:
      kind = "enum"
      fields = input.options.map(LuaText.quoted)
      let chosen = fallback?.text ?? (input.isRequired ? nil : input.options[0])
      if let chosen, input.options.contains(chosen) { fields.append("default = \(LuaText.quoted(chosen))") }
    default: if let text = fallback?.text { fields.append("default = \(LuaText.quoted(text))") }
    }
    if !input.isRequired, !fields.contains(where: { $0.hasPrefix("default") }) {
      fields.append("default = \(kind == "boolean" ? "false" : kind == "number" ? "0" : "\"\"")")
    }
    if let description = input.description { fields.append("description = \(LuaText.quoted(description))") }
    return "param.\(kind) { \(fields.joined(separator: ", ")) }"
  }

  /// The Lua of a default that is an expression; nil, and told, where it is not known before the run.
  private func madeDefault(of input: GitHubWorkflow.Input) -> String? {
    guard let node = input.fallback, let text = node.text, text.contains("${{") else { return nil }
    do throws(Untranslatable) {
      guard input.isGivenByCalls else { throw .never("it is a text, no expression") }
      if input.type == "choice" { throw .never("it may be none of the options") }
      if Self.namesInputs(node) { throw .never("it is made of other inputs") }
      let scope = scope(of: nil)
      guard input.type == "boolean" || input.type == "number" else { return try scope.text(text, .definition).code }
      guard let expression = (try? TextPart.parts(of: text))?.onlyExpression else { throw .never("it is a text") }
      var translator = ExpressionTranslator(scope, .definition)
      if input.type == "boolean" { return try translator.condition(expression).code }
      let term = try translator.value(expression)
      guard term.kind == .number else { throw .never("it may be no number") }
      return term.code
    } catch {
      notes.told(node.mark, "inputs.\(input.name).default", "\(error.message): there is no such default")
      return nil
    }
  }

  // MARK: What jobs and steps are called

  /// The steps of a job, named; those that others ask for have locals.
  private mutating func reference(to job: GitHubJob) -> GitHubScope.JobReference {
    var made = GitHubScope.JobReference(
      outputs: job.outputs, steps: [:], isMatrix: job.matrix != nil, isCalled: job.uses != nil)
    let asked = Self.askedSteps(of: job)
    var names = Self.stepNames(of: job)
    for step in job.steps {
      let name = stepName(step, of: job, &names)
      guard let id = step.id else { continue }
      let isAsked = asked.contains(id)
      made.steps[id] = GitHubScope.StepReference(
        name: name, local: isAsked ? locals.local(job.matrix == nil ? "\(job.id)_\(id)" : id) : nil,
        isCertain: !step.isConditional)
    }
    return made
  }

  /// Names for the steps of a job. In a cell, that of a needed job would stand for a step of that name.
  static func stepNames(of job: GitHubJob) -> NameMaker {
    NameMaker(taken: job.matrix == nil ? [] : Set(job.needs).union([cellName(of: job)]))
  }

  /// The name of the sequence in each cell. A step in it that depends on a job means the job, also one called so.
  static func cellName(of job: GitHubJob) -> String {
    var names = NameMaker(taken: Set(job.needs))
    return names.unique("job")
  }

  /// The name of a step: `build.compile`, in a matrix `compile`.
  func stepName(_ step: GitHubStep, of job: GitHubJob, _ names: inout NameMaker) -> String {
    var plain = step.id ?? step.name ?? ""
    if plain.contains("${{") {
      plain = ((try? TextPart.parts(of: plain)) ?? []).map { if case .text(let text) = $0 { text } else { " " } }
        .joined()
    }
    var slug = NameMaker.slug(plain)
    if slug.isEmpty, let uses = step.uses?.string {
      let path = uses.split(separator: "@").first ?? ""
      slug = NameMaker.slug(path.split(separator: "/").last.map(String.init) ?? "")
    }
    if slug.isEmpty, let run = step.run?.text {
      slug = NameMaker.slug(run.trimmed.split(separator: "\n").first.map(String.init) ?? "", atMost: 24)
    }
    return stepName(slug, of: job, &names)
  }

  /// The name of a step of a job that is called so.
  func stepName(_ title: String, of job: GitHubJob, _ names: inout NameMaker) -> String {
    let slug = NameMaker.slug(title)
    let own = names.unique(slug.isEmpty ? "step" : slug)
    let prefix = NameMaker.slug(job.id).isEmpty ? "job" : job.id
    return job.matrix == nil ? "\(prefix).\(own)" : own
  }

  /// Ids of steps whose outputs are asked for, in the job or by its own outputs.
  private static func askedSteps(of job: GitHubJob) -> Set<String> {
    let folders = job.steps.flatMap { ActionExpression.paths(in: $0.folder?.text) }
    return Set((askedPaths(of: job) + folders.filter(isOutput)).map { $0[1] })
  }

  /// Names of the values of each step that anything asks for, so that they are there in any case.
  func askedValues(of job: GitHubJob) -> [String] {
    Set(Self.askedPaths(of: job).map { $0[3] }).sorted().filter { Names.isValid($0) }
  }

  /// Outputs of steps that texts, environments and outputs of a job name.
  private static func askedPaths(of job: GitHubJob) -> [[String]] {
    let nodes =
      job.steps.flatMap { step in
        [step.run].compactMap(\.self) + (step.env + step.with).map(\.value)
      } + job.outputs.map(\.value)
    return nodes.flatMap { ActionExpression.paths(in: $0.text) }.filter(isOutput)
  }

  private static func isOutput(_ path: [String]) -> Bool {
    path.count == 4 && path[0] == "steps" && path[2] == "outputs"
  }

  /// The jobs behind those that a job needs, in the order of the file.
  func ancestors(of job: GitHubJob) -> [String] {
    let needs = Dictionary(workflow.jobs.map { ($0.id, $0.needs) }, uniquingKeysWith: { first, _ in first })
    var found = Set(job.needs)
    var work = job.needs
    while let next = work.popLast() {
      for need in needs[next] ?? [] where found.insert(need).inserted { work.append(need) }
    }
    return workflow.jobs.map(\.id).filter { found.contains($0) && !job.needs.contains($0) }
  }

  // MARK: Scopes and environments

  /// What expressions may name in a job, or above all jobs.
  func scope(of job: GitHubJob?) -> GitHubScope {
    var scope = GitHubScope()
    scope.inputs = Set(workflow.inputs.map(\.name))
    scope.env = workflow.env
    guard let job else { return scope }
    scope.env += job.env
    for need in job.needs { scope.needs[need] = jobs[need] }
    let (axes, further) = MatrixWriter.keys(of: job.matrix)
    scope.axes = axes
    scope.furtherKeys = further
    return scope
  }

  /// An environment, as far as it is known.
  struct Environment {
    /// Names, and the Lua of their values.
    var entries: [(name: String, code: String)] = []
    /// What is known only when a step's turn has come.
    var late: [Node.Entry] = []
    /// What has no counterpart, and why: nothing that needs it can run as it is meant to.
    var lost: [(entry: Node.Entry, why: String)] = []

    /// What cannot be had where nothing is filled in later.
    var lostAndLate: [(entry: Node.Entry, why: String)] {
      lost + late.map { ($0, "it is \(Untranslatable.isLate)") }
    }

    /// `env = { … }`; nil where nothing is known.
    var field: String? { Self.table(entries).map { "env = \($0)" } }

    /// The same of a step: `env = actions.own { … }`.
    ///
    /// - Parameter secrets: names of those in its script.
    func ownField(secrets: Set<String> = []) -> String? {
      Self.table(entries + secrets.sorted().map { ("secrets.\($0)", "secret \(LuaText.quoted($0))") })
        .map { "env = actions.own \($0)" }
    }

    private static func table(_ entries: [(name: String, code: String)]) -> String? {
      if entries.isEmpty { return nil }
      return "{ \(entries.map { "\(LuaText.key($0.name)) = \($0.code)" }.joined(separator: ", ")) }"
    }
  }

  /// The environment of a process. What is known late is exported by a script of its shell, which knows no other names.
  static func environment(_ entries: [Node.Entry], _ scope: GitHubScope) -> Environment {
    var made = values(entries, scope)
    for entry in made.late where !isVariable(entry.key) {
      made.lost.append((entry, "it is \(Untranslatable.isLate), and a shell has no such name"))
    }
    made.late.removeAll { !isVariable($0.key) }
    return made
  }

  /// Whether a shell has variables of this name (POSIX.1-2024, Base Definitions, "Name").
  private static func isVariable(_ name: String) -> Bool {
    name.utf8.first.map { !(0x30...0x39).contains($0) } == true && name.utf8.allSatisfy(EnvironmentWrites.isOfName)
  }

  static func values(
    _ entries: [Node.Entry], _ scope: GitHubScope, _ site: GitHubSite = .text(script: false)
  ) -> Environment {
    var made = Environment()
    for entry in entries {
      guard let text = entry.value.text ?? (entry.value.isNull ? "" : nil) else {
        made.lost.append((entry, "it must be a word, not \(entry.value.phrase)"))
        continue
      }
      do throws(Untranslatable) {
        made.entries.append((entry.key, try scope.text(text, site).code))
      } catch {
        if case .onlyInCall = error, (try? scope.text(text, .call(script: false))) != nil {
          made.late.append(entry)
        } else {
          made.lost.append((entry, error.message))
        }
      }
    }
    return made
  }
}
