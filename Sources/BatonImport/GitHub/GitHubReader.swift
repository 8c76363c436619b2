import BatonModel

/// Reads a workflow of GitHub Actions from its document. Whatever would be refused by GitHub too is an error, all of it
/// told at once.
struct GitHubReader {
  private let file: String
  private var mistakes: [Diagnostic] = []
  private var workflow: GitHubWorkflow

  static func read(_ root: Node, file: String) throws(Diagnostics) -> GitHubWorkflow {
    var reader = GitHubReader(file: file, workflow: GitHubWorkflow(name: ""))
    reader.root(root)
    guard reader.mistakes.isEmpty else { throw Diagnostics(reader.mistakes) }
    return reader.workflow
  }

  private init(file: String, workflow: GitHubWorkflow) {
    self.file = file
    self.workflow = workflow
  }

  private mutating func wrong(_ mark: Mark, _ message: String, cure: String? = nil) {
    mistakes.append(Diagnostic(message, at: mark.place(in: file), cure: cure))
  }

  private mutating func unknown(_ entry: Node.Entry, _ path: String, known: [String]) {
    wrong(
      entry.keyPlace, "\(path.isEmpty ? "" : path + ": ")there is no key \"\(entry.key)\"",
      cure: Names.proposal(for: entry.key, in: known))
  }

  private mutating func entries(_ node: Node, _ path: String) -> [Node.Entry] {
    if node.isNull { return [] }
    guard let entries = node.entries else {
      wrong(node.mark, "\(path) must be a map, not \(node.phrase)")
      return []
    }
    return entries
  }

  // MARK: The workflow

  private static let keys = ["name", "run-name", "on", "env", "defaults", "jobs", "permissions", "concurrency"]

  private mutating func root(_ root: Node) {
    for entry in root.entries ?? [] {
      let node = entry.value
      switch entry.key {
      case "name": workflow.name = node.text ?? ""
      case "run-name": break
      // YAML 1.1 took `on` for true.
      case "on", "true": events(node)
      case "env": workflow.env = entries(node, "env")
      case "defaults": workflow.defaults = defaults(node, "defaults")
      case "jobs":
        for job in entries(node, "jobs") { self.job(job) }
        if workflow.jobs.isEmpty { wrong(node.mark, "there is no job") }
      case "permissions":
        workflow.notes.told(entry.keyPlace, "permissions", "there is no token here that they could limit")
      case "concurrency":
        workflow.notes.told(
          entry.keyPlace, "concurrency", "runs do not wait for each other; where they must, give the steps a mutex")
      default: unknown(entry, "", known: Self.keys)
      }
    }
    checkNeeds()
  }

  private mutating func checkNeeds() {
    let ids = Set(workflow.jobs.map(\.id))
    for job in workflow.jobs {
      for need in job.needs where !ids.contains(need) {
        wrong(job.mark, "\(job.path).needs: there is no job \"\(need)\"", cure: Names.proposal(for: need, in: ids))
      }
    }
    for circle in JobOrder(workflow.jobs).circles {
      let job = workflow.jobs[circle[0]]
      var names = circle.map { workflow.jobs[$0].id }
      if names.count > 12 { names.replaceSubrange(10..<names.count - 1, with: ["…"]) }
      wrong(
        job.mark,
        "\(job.path).needs: a circle, in which each waits for the next: "
          + (names + [job.id]).joined(separator: " → "))
    }
  }

  private mutating func events(_ node: Node) {
    switch node.content {
    case .string(let name): workflow.events = [(name, nil)]
    case .list(let items): workflow.events = items.compactMap { item in item.string.map { ($0, nil) } }
    case .map(let entries):
      for entry in entries {
        workflow.events.append((entry.key, entry.value))
        switch entry.key {
        case "schedule": workflow.schedules = (entry.value.items ?? []).compactMap { $0["cron"]?.text }
        case "workflow_dispatch", "workflow_call": inputs(entry.value["inputs"], of: entry.key)
        default: break
        }
      }
    default: wrong(node.mark, "\"on\" must name events, not \(node.phrase)")
    }
  }

  private mutating func inputs(_ node: Node?, of event: String) {
    guard let node else { return }
    let path = "on.\(event).inputs"
    for entry in entries(node, path) where !workflow.inputs.contains(where: { $0.name == entry.key }) {
      guard Names.isValid(entry.key) else {
        wrong(entry.keyPlace, "\(path): \"\(entry.key)\" is no name")
        continue
      }
      workflow.inputs.append(
        GitHubWorkflow.Input(
          name: entry.key, type: entry.value["type"]?.text ?? "string", fallback: entry.value["default"],
          options: (entry.value["options"]?.items ?? []).compactMap(\.text),
          description: entry.value["description"]?.text, isRequired: entry.value["required"]?.bool ?? false,
          isGivenByCalls: event == "workflow_call"))
    }
  }

  private mutating func defaults(_ node: Node, _ path: String) -> GitHubDefaults {
    var made = GitHubDefaults()
    for entry in entries(node, path) {
      guard entry.key == "run" else {
        unknown(entry, path, known: ["run"])
        continue
      }
      for inner in entries(entry.value, "\(path).run") {
        switch inner.key {
        case "shell": made.shell = inner.value.text
        case "working-directory": made.folder = inner.value.text
        default: unknown(inner, "\(path).run", known: ["shell", "working-directory"])
        }
      }
    }
    return made
  }

  // MARK: Jobs

  private static let jobKeys = [
    "name", "needs", "if", "runs-on", "permissions", "environment", "concurrency", "outputs", "env", "defaults",
    "steps",
    "timeout-minutes", "strategy", "continue-on-error", "container", "services", "uses", "with", "secrets", "snapshot",
  ]

  private mutating func job(_ entry: Node.Entry) {
    var job = GitHubJob(id: entry.key, mark: entry.keyPlace)
    guard !entry.key.contains("."), Names.isValid(entry.key) else {
      return wrong(entry.keyPlace, "\"\(entry.key)\" is no id of a job: letters, digits, - and _")
    }
    let path = job.path
    for field in entries(entry.value, path) {
      let node = field.value
      switch field.key {
      case "name": job.name = node.text
      case "needs": job.needs = node.items?.compactMap(\.text) ?? [node.text].compactMap(\.self)
      case "if": job.condition = node
      case "runs-on": job.runsOn = node
      case "outputs": job.outputs = entries(node, "\(path).outputs")
      case "env": job.env = entries(node, "\(path).env")
      case "defaults": job.defaults = defaults(node, "\(path).defaults")
      case "timeout-minutes": job.minutes = node
      case "continue-on-error": job.continueOnError = node
      case "container": job.container = node
      case "services": job.services = node
      case "uses": job.uses = node
      case "with": job.with = entries(node, "\(path).with")
      case "strategy": strategy(node, &job)
      case "steps": steps(node, &job)
      case "permissions", "secrets", "snapshot": break
      case "environment":
        workflow.notes.told(
          field.keyPlace, "\(path).environment",
          "it has no rules here; where someone must agree, add a gate with approval")
      case "concurrency":
        workflow.notes.told(
          field.keyPlace, "\(path).concurrency",
          "runs do not wait for each other; where they must, give the steps a mutex")
      default: unknown(field, path, known: Self.jobKeys)
      }
    }
    if job.uses == nil, job.steps.isEmpty { wrong(job.mark, "\(path) has no steps") }
    workflow.jobs.append(job)
  }

  private mutating func strategy(_ node: Node, _ job: inout GitHubJob) {
    let path = "\(job.path).strategy"
    for entry in entries(node, path) {
      switch entry.key {
      case "matrix": job.matrix = entry.value
      case "fail-fast":
        if let flag = entry.value.bool {
          job.failFast = flag
        } else {
          job.failFast = false
          workflow.notes.told(entry.value.mark, "\(path).fail-fast", "an expression: taken as false")
        }
      case "max-parallel":
        if case .integer(let count) = entry.value.content, count >= 1 {
          job.mostParallel = count
        } else {
          workflow.notes.told(entry.value.mark, "\(path).max-parallel", "an expression: there is no limit")
        }
      default: unknown(entry, path, known: ["matrix", "fail-fast", "max-parallel"])
      }
    }
  }

  private static let stepKeys = [
    "id", "name", "if", "run", "shell", "working-directory", "env", "uses", "with", "timeout-minutes",
    "continue-on-error",
  ]

  private mutating func steps(_ node: Node, _ job: inout GitHubJob) {
    guard let items = node.items else {
      return wrong(node.mark, "\(job.path).steps must be a list, not \(node.phrase)")
    }
    for (position, item) in items.enumerated() {
      var step = GitHubStep(mark: item.mark, path: "\(job.path).steps[\(position)]")
      for field in entries(item, step.path) {
        let node = field.value
        switch field.key {
        case "id": step.id = node.text
        case "name": step.name = node.text
        case "if": step.condition = node
        case "run": step.run = node
        case "shell": step.shell = node.text
        case "working-directory": step.folder = node
        case "env": step.env = entries(node, "\(step.path).env")
        case "uses": step.uses = node
        case "with": step.with = entries(node, "\(step.path).with")
        case "timeout-minutes": step.minutes = node
        case "continue-on-error":
          if node.bool != false { step.continueOnError = node }
        default: unknown(field, step.path, known: Self.stepKeys)
        }
      }
      if (step.run == nil) == (step.uses == nil) {
        wrong(item.mark, "\(step.path) must have either \"run\" or \"uses\"")
      } else if let run = step.run, run.text == nil {
        wrong(run.mark, "\(step.path).run must be a text, not \(run.phrase)")
      } else if let uses = step.uses, uses.string == nil {
        wrong(uses.mark, "\(step.path).uses must be a text, not \(uses.phrase)")
      }
      job.steps.append(step)
    }
  }
}
