import BatonModel

/// Writes one job: a sequence of its steps, or a matrix of such sequences.
enum JobWriter {
  static func write(_ job: GitHubJob, with writer: inout GitHubWriter) {
    let title = job.name.map { ": \($0)" } ?? ""
    writer.lua.comment("Job \(job.id)\(title) (line \(job.mark.line))")
    if let uses = job.uses { return called(job, uses, with: &writer) }
    let context = JobContext(job, writer)
    let scope = context.scope
    guard let matrix = job.matrix else {
      return sequence(context, job.id, head: group(job, scope, with: &writer), with: &writer)
    }
    guard let fields = MatrixWriter.fields(matrix, scope, "\(job.path).strategy.matrix", writer.notes) else {
      return unsupported(job, "its matrix", "its cells are not known before the run", scope, with: &writer)
    }
    writer.lua.open("matrix \(LuaText.quoted(job.id)) {")
    for field in group(job, scope, with: &writer) + fields { writer.lua.line(field) }
    if let most = job.mostParallel { writer.lua.line("max = \(most),") }
    if job.failFast { writer.lua.line("fail_fast = true,") }
    writer.lua.open("step = function(cell)")
    sequence(context, GitHubWriter.cellName(of: job), head: cellFields(job, scope, writer.notes), with: &writer)
    writer.lua.close("end,")
    writer.lua.close("}")
  }

  // MARK: The group

  /// Fields of the group that stands for the job.
  private static func group(_ job: GitHubJob, _ scope: GitHubScope, with writer: inout GitHubWriter) -> [String] {
    var fields: [String] = []
    if let name = job.name, !name.contains("${{") { fields.append("description = \(LuaText.quoted(name)),") }
    // failure() looks at all that came before.
    let expression = job.condition?.text.flatMap { try? GitHubScope.conditionExpression($0) }
    let further = expression?.calls(["failure"]) == true ? writer.ancestors(of: job) : []
    if !job.needs.isEmpty { fields.append("depends = \(names(job.needs + further)),") }
    if let when = condition(job, further, scope, writer.notes) { fields.append("when = \(when),") }
    return fields
  }

  static func names(_ names: [String]) -> String {
    names.count == 1 ? LuaText.quoted(names[0]) : "{ \(names.map(LuaText.quoted).joined(separator: ", ")) }"
  }

  /// `if`, and what the job is to run on.
  ///
  /// - Parameter further: what it depends on besides what it needs.
  private static func condition(
    _ job: GitHubJob, _ further: [String], _ scope: GitHubScope, _ notes: Notes
  ) -> String? {
    var fields: [String] = []
    // A called workflow looks like a step, whose skipping would stop nothing.
    if !further.isEmpty || job.needs.contains(where: { scope.needs[$0]?.isCalled == true }) {
      fields.append("needs = { \(job.needs.map(LuaText.quoted).joined(separator: ", ")) }")
    }
    let runner = runner(job, scope, notes, ofCell: false)
    if let runner { fields.append("runner = \(runner)") }
    let settings = fields.isEmpty ? "" : ", { \(fields.joined(separator: ", ")) }"
    guard let node = job.condition else { return runner == nil ? nil : "actions.when(nil\(settings))" }
    do throws(Untranslatable) {
      return "actions.when(function(job) return \(try scope.condition(node).code) end\(settings))"
    } catch {
      notes.lost(node.mark, "\(job.path).if", error.message)
      return StepWriter.refusedCondition(node, error.message, settings)
    }
  }

  /// What a job is to run on, where that may be no Linux: Lua of a label, or of what expressions give. In a matrix these
  /// are known to the cells alone.
  private static func runner(_ job: GitHubJob, _ scope: GitHubScope, _ notes: Notes, ofCell: Bool) -> String? {
    guard let node = job.runsOn else { return nil }
    let labels = node.items?.compactMap(\.text) ?? [node.text ?? ""]
    if !ofCell, let label = labels.first(where: isForeign) { return LuaText.quoted(label) }
    let made = labels.filter { $0.contains("${{") }
    guard !made.isEmpty, ofCell == (job.matrix != nil) else { return nil }
    var known = scope
    // It decides before anything that others emit is there.
    (known.needs, known.steps) = ([:], [:])
    var codes: [String] = []
    for text in made {
      do throws(Untranslatable) {
        if let expression = (try? TextPart.parts(of: text.trimmed))?.onlyExpression {
          if expression.readsUnknownJSON { throw .never("what it reads may be no JSON") }
          var translator = ExpressionTranslator(known, .definition)
          codes.append(try translator.value(expression).code)
        } else {
          codes.append(try known.text(text, .definition).code)
        }
      } catch {
        notes.told(node.mark, "\(job.path).runs-on", "what it runs on is not looked at")
        return nil
      }
    }
    return codes.count == 1 ? codes[0] : "{ \(codes.joined(separator: ", ")) }"
  }

  /// Whether a label is one of a runner that is no Linux.
  private static func isForeign(_ label: String) -> Bool {
    let word = label.lowercased()
    return !word.contains("${{") && (word.contains("windows") || word.contains("macos"))
  }

  /// Fields of the sequence in each cell.
  private static func cellFields(_ job: GitHubJob, _ scope: GitHubScope, _ notes: Notes) -> [String] {
    runner(job, scope, notes, ofCell: true).map { ["when = actions.when(nil, { runner = \($0) }),"] } ?? []
  }

  // MARK: The steps

  private static func sequence(
    _ context: JobContext, _ name: String, head: [String], with writer: inout GitHubWriter
  ) {
    let job = context.job
    var steps = StepWriter(context, writer)
    steps.prepare(&writer)
    // What others refer to has a local, and stands before the group.
    for step in steps.written {
      if let local = step.local { step.write(&writer.lua, before: "local \(local) = ") }
    }
    let open = "\(job.matrix == nil ? "" : "return ")sequence \(LuaText.quoted(name)) "
    writer.lua.open(open + (context.isChained ? "(actions.chain {" : "{"))
    for field in head + jobFields(context, writer) { writer.lua.line(field) }
    if steps.written.allSatisfy({ $0.code.isEmpty || $0.isConditional }) {
      // A job without steps, or whose steps were all passed over, has succeeded, unlike a sequence.
      writer.lua.line("step \(LuaText.quoted(steps.beginning)) (actions.nothing()),")
    }
    for step in steps.written {
      if let comment = step.comment { writer.lua.comment(comment) }
      if let local = step.local {
        writer.lua.line("\(local),")
      } else if !step.code.isEmpty {
        step.write(&writer.lua, after: ",")
      }
    }
    writer.lua.close(context.isChained ? "})" : "}")
  }

  /// What the steps of a job inherit.
  private static func jobFields(_ context: JobContext, _ writer: GitHubWriter) -> [String] {
    let (job, scope) = (context.job, context.scope)
    var fields = ["shell = \(StepWriter.shell(nil, scope, job, writer)),"]
    if let field = context.environment.field { fields.append("\(field),") }
    if let node = job.minutes {
      if let timeout = StepWriter.timeout(node) {
        fields.append("timeout = \(timeout),")
        writer.notes.told(node.mark, "\(job.path).timeout-minutes", "it limits each step, not the job as a whole")
      } else {
        writer.notes.told(node.mark, "\(job.path).timeout-minutes", "an expression: there is no limit")
      }
    }
    if let node = job.continueOnError, node.bool != false {
      do throws(Untranslatable) {
        fields.append("allow_failure = \(try StepWriter.flag(node, scope)),")
      } catch {
        writer.notes.told(node.mark, "\(job.path).continue-on-error", "\(error.message): a failure counts")
      }
    }
    return fields
  }

  // MARK: Jobs that are something else

  private static func called(_ job: GitHubJob, _ uses: Node, with writer: inout GitHubWriter) {
    let path = uses.text ?? ""
    let scope = writer.scope(of: job)
    guard path.hasPrefix("./"), let file = path.split(separator: "/").last, job.matrix == nil else {
      let why =
        path.hasPrefix("./") ? "a matrix of called workflows" : "a workflow that is not in this project"
      writer.notes.lost(uses.mark, "\(job.path).uses", "\(path): \(why)")
      return unsupported(job, path, why, scope, with: &writer)
    }
    let given = CallParameters(job.with, scope)
    if let first = given.lost.first {
      for (entry, why) in given.lost { writer.notes.lost(entry.value.mark, "\(job.path).with.\(entry.key)", why) }
      return unsupported(job, "with.\(first.entry.key)", first.why, scope, with: &writer)
    }
    let base = file.split(separator: ".").dropLast().joined(separator: ".")
    writer.notes.told(uses.mark, "\(job.path).uses", "import it as well: baton import \(path) -o \(base).lua")
    writer.lua.open("call \(LuaText.quoted(job.id)) {")
    for field in group(job, scope, with: &writer) { writer.lua.line(field) }
    writer.lua.line("workflow = \(LuaText.quoted("\(base).lua")),")
    if !given.fields.isEmpty { writer.lua.line("params = { \(given.fields.joined(separator: ", ")) },") }
    for entry in given.late {
      writer.notes.told(
        entry.value.mark, "\(job.path).with.\(entry.key)",
        "the steps of \(base) find its value in their texts and environments, its conditions do not")
    }
    writer.lua.close("}")
  }

  /// In place of a job that can't be had, and was told: one whose only step fails, where the job would have run.
  private static func unsupported(
    _ job: GitHubJob, _ what: String, _ why: String, _ scope: GitHubScope, with writer: inout GitHubWriter
  ) {
    writer.lua.open("sequence \(LuaText.quoted(job.id)) {")
    for field in group(job, scope, with: &writer) { writer.lua.line(field) }
    writer.lua.line(
      "step \(LuaText.quoted("\(job.id).unsupported")) (\(StepWriter.unsupported(what, why))),")
    writer.lua.close("}")
  }
}
