import BatonModel

/// Writes the steps of one job.
struct StepWriter {
  /// One step, as it will stand in the sequence.
  struct Written {
    /// `step "build.compile" { … }`, up to its fields where these stand apart; empty: there is none, only the comment.
    var code: String
    /// One a line; empty: all is in the code.
    var fields: [String] = []
    var local: String?
    var comment: String?
    /// Whether it may be passed over.
    var isConditional = false

    func write(_ lua: inout LuaWriter, before: String = "", after: String = "") {
      if fields.isEmpty { return lua.line(before + code + after) }
      lua.open("\(before)\(code){")
      for field in fields { lua.line("\(field),") }
      lua.close("}\(after)")
    }
  }

  let context: JobContext
  private var writer: GitHubWriter
  /// What fails in place of parts that are lost, and then the steps.
  private(set) var written: [Written] = []

  private var job: GitHubJob { context.job }
  /// Of each step of the job, as it stands in the script.
  private let names: [String]
  /// The name of one that there is besides.
  let beginning: String
  /// Steps that came before, by id.
  private var seen: [String: GitHubScope.StepReference] = [:]
  /// Of those that write variables for later ones.
  private var writers: [EnvironmentWrites] = []
  private var count = 0
  /// Lua of the names of steps whose failure stops nothing.
  private let tolerated: [String]

  init(_ context: JobContext, _ writer: GitHubWriter) {
    self.context = context
    self.writer = writer
    let job = context.job
    var made = GitHubWriter.stepNames(of: job)
    names = job.steps.map { writer.stepName($0, of: job, &made) }
    beginning = writer.stepName("begin", of: job, &made)
    tolerated = zip(job.steps, names).compactMap { step, name in
      let name = LuaText.quoted(name)
      guard let node = step.continueOnError, let flag = try? Self.flag(node, context.scope), flag != "false" else {
        return nil
      }
      return flag == "true" ? name : "(\(flag)) and \(name) or \"\""
    }
    for part in context.lost {
      writer.notes.lost(part.mark, part.path, part.why)
      let name = writer.stepName(part.name, of: job, &made)
      written.append(Written(code: Self.filled(name, Self.unsupported(part.name, part.why), [])))
    }
    count = written.count
  }

  /// Writes all of them.
  mutating func prepare(_ parent: inout GitHubWriter) {
    for (step, name) in zip(job.steps, names) {
      var scope = context.scope
      scope.steps = seen
      scope.writers = writers
      scope.stepsMayFail = step.condition.map(GitHubScope.mayHoldAfterFailure) ?? false
      scope.enter(step)
      written.append(write(step, name, certain(step, name, scope)))
      written[written.count - 1].isConditional = step.condition != nil
      if let id = step.id, let reference = parent.jobs[job.id]?.steps[id] {
        seen[id] = reference
        if !written[written.count - 1].code.isEmpty { written[written.count - 1].local = reference.local }
      }
      if !written[written.count - 1].code.isEmpty { count += 1 }
      if let writes = step.run?.text.flatMap(EnvironmentWrites.init) { writers.append(writes) }
    }
  }

  /// The scope of a step, or where more of it has a counterpart with that: one where a value of a needed job or of a step
  /// before that is missing fails the step. A function is told no secret, and nothing but a shell's text is one.
  private func certain(_ step: GitHubStep, _ name: String, _ scope: GitHubScope) -> GitHubScope {
    func losses(_ scope: GitHubScope) -> Int {
      var trial = self
      trial.writer = writer.onTrial
      _ = trial.write(step, name, scope)
      return trial.writer.notes.losses
    }
    guard scope.needsMayFail || scope.stepsMayFail else { return scope }
    var certain = scope
    (certain.needsMayFail, certain.stepsMayFail) = (false, false)
    let lost = losses(scope)
    return lost > 0 && losses(certain) < lost ? certain : scope
  }

  private mutating func write(_ step: GitHubStep, _ name: String, _ scope: GitHubScope) -> Written {
    if let uses = step.uses?.string {
      // What it is given is no function: a value that is missing fails it.
      var scope = scope
      (scope.needsMayFail, scope.stepsMayFail) = (false, false)
      let action = ActionWriter(writer, job, step, scope).write(uses)
      guard let call = action.call else { return Written(code: "", comment: action.comment) }
      if let part = lostPart(step) { return refused(step, name, scope, part.name, part.why) }
      var extra = commonFields(step, scope)
      if action.takesEnvironment {
        let environment = GitHubWriter.environment(step.env, scope.above(step))
        let lost = environment.lostAndLate
        if let first = lost.first {
          tellLost(lost, step)
          return refused(step, name, scope, uses, "env.\(first.entry.key): \(first.why)")
        }
        if let env = environment.ownField() { extra.append(env) }
      }
      return Written(code: Self.filled(name, call, extra), comment: action.comment)
    }
    if let part = lostPart(step) { return refused(step, name, scope, part.name, part.why) }
    return command(step, name, scope)
  }

  /// What of the job a step can't have that may run though what stands in place of it has failed.
  private func lostPart(_ step: GitHubStep) -> LostPart? {
    guard let condition = step.condition, GitHubScope.mayHoldAfterFailure(condition) else { return nil }
    return context.lost.first { $0.isNeeded(by: step) }
  }

  // MARK: Commands

  /// In place of a command that cannot be translated: a step that fails when it would have run, and says why.
  private mutating func refused(
    _ step: GitHubStep, _ name: String, _ scope: GitHubScope, _ what: String, _ why: String
  ) -> Written {
    Written(code: Self.filled(name, Self.unsupported(what, why), commonFields(step, scope)))
  }

  /// A step of a function of the library, and what it has besides.
  private static func filled(_ name: String, _ call: String, _ fields: [String]) -> String {
    let with = fields.isEmpty ? call : "actions.with(\(call), { \(fields.joined(separator: ", ")) })"
    return "step \(LuaText.quoted(name)) (\(with))"
  }

  private mutating func command(_ step: GitHubStep, _ name: String, _ scope: GitHubScope) -> Written {
    let text = step.run?.text ?? ""
    var fields: [String] = []
    var later: [(name: String, code: String)] = []
    var asked: Set<String> = []
    if let title = step.name, !title.contains("${{") { fields.append("description = \(LuaText.quoted(title))") }
    let environment = GitHubWriter.environment(step.env, scope.above(step))
    var scope = scope
    scope.markLate(environment.late)
    if let node = step.folder, let folder = node.text, (try? scope.text(folder, .folder)) == nil {
      writer.notes.lost(node.mark, "\(step.path).working-directory", "what it depends on is not known before the run")
      return refused(step, name, scope, "working-directory", folder)
    }
    if let shell = step.shell, !Self.isShell(shell) {
      writer.notes.lost(step.mark, "\(step.path).shell", "there is no shell \"\(shell)\"")
      return refused(step, name, scope, "shell", shell)
    }
    let shell = Self.shell(step, scope, job, writer)
    if shell != Self.shell(nil, scope, job, writer) { fields.append("shell = \(shell)") }
    if let first = environment.lost.first {
      tellLost(environment.lost, step)
      return refused(step, name, scope, "env.\(first.entry.key)", first.why)
    }
    let beside = scope.beside(step)
    let own = Set(step.env.map(\.key))
    for entry in context.environment.late.filter({ !own.contains($0.key) }) + environment.late {
      guard let text = entry.value.text else { continue }
      do throws(Untranslatable) {
        let template = try beside.text(text, .call(script: false))
        later.append((entry.key, template.code))
        asked.formUnion(template.asked)
      } catch {
        tellLost([(entry, error.message)], step)
        return refused(step, name, scope, "env.\(entry.key)", error.message)
      }
    }
    do throws(Untranslatable) {
      let run = try run(text, later, scope, step, asked: asked)
      if let env = environment.ownField(secrets: run.secrets) { fields.append(env) }
      fields.append("run = \(run.code)")
      asked.formUnion(run.asked)
    } catch {
      writer.notes.lost(step.run?.mark ?? step.mark, "\(step.path).run", error.message)
      return refused(step, name, scope, "run", error.message)
    }
    if writer.ownFolders, Self.installsPackages(text) {
      fields.append("mutex = \"apt\"")
      writer.notes.toldOnce(
        step.run?.mark ?? step.mark, "\(step.path).run",
        "jobs share one machine here: steps that install packages wait for each other (mutex = \"apt\")")
    }
    fields += commonFields(step, scope, asked: asked)
    let head = "step \(LuaText.quoted(name)) "
    if fields.count == 1, fields[0].hasPrefix("run = ") {
      let code = String(fields[0].dropFirst(6))
      if code.hasPrefix("\"") || code.hasPrefix("["), !code.contains(" .. ") { return Written(code: head + code) }
    }
    // A short one in a line, a long one field by field.
    let line = fields.joined(separator: ", ")
    if line.utf8.count <= 80, !line.contains("\n") { return Written(code: "\(head){ \(line) }") }
    return Written(code: head, fields: fields)
  }

  private func run(
    _ text: String, _ later: [(name: String, code: String)], _ scope: GitHubScope, _ step: GitHubStep,
    asked: Set<String>
  ) throws(Untranslatable) -> LuaTemplate {
    if later.isEmpty {
      do throws(Untranslatable) {
        return try scope.text(text, .text(script: true))
      } catch {
        guard case .onlyInCall = error else { throw error }
      }
    }
    var template = try scope.text(text, .call(script: true))
    var code = template.code
    if !later.isEmpty {
      let shell = step.shell ?? job.defaults.shell ?? writer.workflow.defaults.shell ?? "bash"
      guard shell == "bash" || shell == "sh" else {
        throw .never("env.\(later[0].name) is a value that may be missing, and the shell is \(shell)")
      }
      let exports = later.map { "\"export \($0.name)=\" .. actions.quote(\($0.code)) .. \"\\n\"" }
      code = (exports + [code]).joined(separator: " .. ")
    }
    let asksStatus = ["status()", "success()", "failure()", "cancelled()", "conclusion("]
      .contains { code.contains("job.\($0)") }
    let settings = asksStatus ? settings(needs(of: step, scope, asked.union(template.asked))) : ""
    template.code = "actions.run(function(job) return \(code) end\(settings))"
    return template
  }

  /// Needed jobs that a step names.
  private func needs(of step: GitHubStep, _ scope: GitHubScope, _ asked: Set<String>) -> Set<String> {
    let condition = step.condition.flatMap { try? scope.condition($0) }?.asked ?? []
    return asked.union(condition).filter { scope.needs[$0] != nil }
      .union(context.needs(of: step))
  }

  /// What functions of a step are told besides: whose failure stops nothing, and which of what it waits for is no step
  /// of its job.
  private func settings(_ needs: Set<String>) -> String {
    var fields: [String] = []
    if !tolerated.isEmpty { fields.append("tolerated = { \(tolerated.joined(separator: ", ")) }") }
    if !needs.isEmpty { fields.append("jobs = { \(needs.sorted().map(LuaText.quoted).joined(separator: ", ")) }") }
    return fields.isEmpty ? "" : ", { \(fields.joined(separator: ", ")) }"
  }

  /// Whether Debian's package manager is called in it: that of a machine works for one at a time.
  private static func installsPackages(_ text: String) -> Bool {
    let words = text.split { $0.isWhitespace || ";|&()`$'\"".contains($0) }
    return words.contains { ["apt", "apt-get", "aptitude", "dpkg"].contains($0.split(separator: "/").last ?? "") }
  }

  // MARK: Fields

  private func tellLost(_ lost: [(entry: Node.Entry, why: String)], _ step: GitHubStep) {
    for (entry, why) in lost { writer.notes.lost(entry.value.mark, "\(step.path).env.\(entry.key)", why) }
  }

  /// `when`, `depends`, `timeout`, `allow_failure`.
  private func commonFields(_ step: GitHubStep, _ scope: GitHubScope, asked: Set<String> = []) -> [String] {
    var fields: [String] = []
    let jobs = needs(of: step, scope, asked)
    let settings = settings(jobs)
    if let node = step.condition {
      do throws(Untranslatable) {
        let code = try scope.condition(node).code
        fields.append("when = actions.when(function(job) return \(code) end\(settings))")
      } catch {
        writer.notes.lost(node.mark, "\(step.path).if", error.message)
        fields.append("when = \(Self.refusedCondition(node, error.message, settings))")
      }
    } else if !jobs.isEmpty || context.isChained && count > 0 {
      fields.append("when = actions.when(nil\(settings))")
    }
    if !jobs.isEmpty { fields.append("depends = \(JobWriter.names(jobs.sorted()))") }
    if let node = step.minutes {
      if let timeout = Self.timeout(node) {
        fields.append("timeout = \(timeout)")
      } else {
        writer.notes.told(node.mark, "\(step.path).timeout-minutes", "an expression: there is no limit")
      }
    }
    if let node = step.continueOnError {
      do throws(Untranslatable) {
        fields.append("allow_failure = \(try Self.flag(node, scope))")
      } catch {
        writer.notes.told(node.mark, "\(step.path).continue-on-error", "\(error.message): a failure counts")
      }
    }
    return fields
  }

  /// In place of a condition that cannot be translated: where it would be asked for, what has it fails and says why. Passed
  /// over, a run would succeed without what it was there for.
  static func refusedCondition(_ node: Node, _ why: String, _ settings: String) -> String {
    let turn = node.text?.contains("failure()") == true ? "failure" : "success"
    let reason = LuaText.quoted("its condition has no counterpart: \(why)")
    return "actions.when(function(job) return job.\(turn)() and fail(\(reason)) end\(settings))"
  }

  /// A boolean that is known when the script is read.
  static func flag(_ node: Node, _ scope: GitHubScope) throws(Untranslatable) -> String {
    if let flag = node.bool { return "\(flag)" }
    guard let text = node.text, let expression = try? GitHubScope.conditionExpression(text) else {
      throw .never("it is no boolean")
    }
    var translator = ExpressionTranslator(scope, .definition)
    return try translator.condition(expression).code
  }

  /// Minutes as a duration; nil where it is an expression.
  static func timeout(_ node: Node) -> String? {
    guard let minutes = node.value.number, minutes > 0, minutes < 1e7 else { return nil }
    return Int64(exactly: minutes).map { "\"\($0)m\"" } ?? LuaText.value(.number(minutes * 60))
  }

  /// The names that `actions.shell` knows.
  private static let standardShells = ["bash", "sh", "python", "pwsh", "powershell", "cmd"]

  static func isShell(_ name: String) -> Bool {
    name.isEmpty || standardShells.contains(name) || name.contains("{0}")
  }

  static func unsupported(_ what: String, _ why: String) -> String {
    "actions.unsupported(\(LuaText.quoted(what)), \(LuaText.quoted(why)))"
  }

  /// The `shell` of a step; without one: what the job's steps inherit.
  static func shell(_ step: GitHubStep?, _ scope: GitHubScope, _ job: GitHubJob, _ writer: GitHubWriter) -> String {
    let defaults = writer.workflow.defaults
    var name = step?.shell ?? job.defaults.shell ?? defaults.shell ?? ""
    // One that there is not was told, and fails.
    if !isShell(name) { name = "" }
    let folder = step?.folder?.text ?? job.defaults.folder ?? defaults.folder ?? ""
    let values = writer.askedValues(of: job)
    var code = LuaText.quoted(folder)
    if folder.contains("${{"), let template = try? scope.text(folder, .folder) { code = template.code }
    var options: [String] = []
    if !folder.isEmpty, folder != "." { options.append("cwd = \(code)") }
    if !values.isEmpty { options.append("values = { \(values.map(LuaText.quoted).joined(separator: ", ")) }") }
    if options.isEmpty {
      if name.isEmpty { return "actions.standard" }
      if ["bash", "sh", "python", "pwsh"].contains(name) { return "actions.\(name)" }
      return "actions.shell \(LuaText.quoted(name))"
    }
    if !name.isEmpty { options.insert("shell = \(LuaText.quoted(name))", at: 0) }
    return "actions.shell { \(options.joined(separator: ", ")) }"
  }
}
