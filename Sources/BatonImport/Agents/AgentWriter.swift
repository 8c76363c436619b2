import BatonModel

extension AgentWorkflow {
  /// The same workflow as a script that a person can go on with.
  public var imported: Imported {
    var lua = LuaWriter()
    lua.comment("Imported from \(file) by baton import.\(version.map { " Version \($0)." } ?? "")")
    lua.line()
    lua.line("local agents = require \"baton.agents\"")
    lua.line()
    if let text = descriptionText {
      lua.open("workflow \(LuaText.quoted(name)) {")
      lua.line("description = \(LuaText.quoted(text)),")
      lua.close("}")
    } else {
      lua.line("workflow \(LuaText.quoted(name)) {}")
    }
    if let environment {
      lua.line()
      lua.line("agents.environment \(LuaText.quoted(environment))")
    }
    if let retryText {
      lua.line()
      lua.line("local retry = \(retryText)")
    }
    var locals = NameMaker(taken: ["agents", "retry", "workflow", "step", "notify"])
    var handles: [String: String] = [:]
    let asked = Set(steps.flatMap(\.dependencies))
    for step in steps {
      lua.line()
      let local = asked.contains(step.name) ? locals.local(step.name) : nil
      lua.open("\(local.map { "local \($0) = " } ?? "")agents.step \(LuaText.quoted(step.name)) {")
      for field in fields(of: step, handles: handles) { lua.line("\(field),") }
      if retry != nil { lua.line("retry = retry,") }
      lua.close("}")
      handles[step.name] = local
    }
    if let notice {
      lua.line()
      lua.line("notify \"on-failure\" (agents.notice \(text(of: notice, path: false)))")
    }
    return Imported(format: "json", lua: lua.text, notes: [])
  }

  /// The same workflow as a script in which everything stands in the line of the document where it is said, so that what
  /// is told of it names that line.
  public var script: [UInt8] {
    var text = "local agents = require \"baton.agents\" "
    var line = 1
    func go(to target: Int) {
      while line < target {
        text += "\n"
        line += 1
      }
    }
    if let environment {
      text += "agents.environment(\(LuaText.quoted(environment)), \"$.environment\") "
    }
    go(to: min(mark.line, steps.first?.mark.line ?? mark.line))
    text +=
      "workflow \(LuaText.quoted(name)) {\(descriptionText.map { " description = \(LuaText.quoted($0)) " } ?? "")} "
    for step in steps {
      go(to: step.mark.line)
      var all = fields(of: step, handles: [:]) + ["path = \(LuaText.quoted(step.path))"]
      if let retryText { all.append("retry = \(retryText)") }
      // A long string would take several lines.
      text += "agents.step \(LuaText.quoted(step.name)) { \(all.joined(separator: ", ")) } "
    }
    if let notice {
      go(to: notice.mark.line)
      text += "notify \"on-failure\" (agents.notice \(self.text(of: notice, path: true))) "
    }
    text += "agents.finish()\n"
    return Array(text.utf8)
  }

  private var descriptionText: String? {
    let suffix = version.map { "version \($0)" }
    let text = [title, description].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
    guard !text.isEmpty else { return suffix }
    return suffix.map { "\(text) (\($0))" } ?? text
  }

  private var retryText: String? {
    guard let retry else { return nil }
    if retry.delay == 0 { return "{ attempts = \(retry.attempts) }" }
    let delay = Int64(exactly: retry.delay).map { "\"\($0)s\"" } ?? LuaText.value(.number(retry.delay))
    return "{ attempts = \(retry.attempts), backoff = \(delay), factor = 1 }"
  }

  private func fields(of step: Step, handles: [String: String]) -> [String] {
    var fields = ["agent = \(LuaText.quoted(step.agent))", "action = \(LuaText.quoted(step.action))"]
    if let title = step.title { fields.insert("description = \(LuaText.quoted(title))", at: 0) }
    if !step.dependencies.isEmpty {
      let names = step.dependencies.map { handles[$0] ?? LuaText.quoted($0) }
      fields.append("depends = \(names.count == 1 ? names[0] : "{ \(names.joined(separator: ", ")) }")")
    }
    if let config = step.config, config.entries?.isEmpty == false { fields.append("config = \(Self.inLine(config))") }
    return fields
  }

  private func text(of notice: Notice, path: Bool) -> String {
    var fields = ["on = \"failed\"", "channels = { \(notice.channels.map(LuaText.quoted).joined(separator: ", ")) }"]
    if let template = notice.template { fields.append("template = \(LuaText.quoted(template))") }
    if path { fields.append("path = \(LuaText.quoted(notice.path))") }
    return "{ \(fields.joined(separator: ", ")) }"
  }

  /// A value in one line.
  private static func inLine(_ node: Node) -> String {
    switch node.content {
    case .string(let text): LuaText.quoted(text)
    case .list(let items): items.isEmpty ? "{}" : "{ " + items.map(inLine).joined(separator: ", ") + " }"
    case .map(let entries):
      entries.isEmpty
        ? "{}"
        : "{ " + entries.map { "\(LuaText.key($0.key)) = \(inLine($0.value))" }.joined(separator: ", ") + " }"
    case .null, .bool, .integer, .number: LuaText.value(node.value)
    }
  }
}
