import BatonModel

/// The secrets that a workflow's environments and steps name.
struct SecretNames {
  /// Each once, where it is named first.
  private(set) var uses: [(name: String, mark: Mark)] = []

  /// GitHub gives it to every run: `github.token` is the same.
  static let token = "GITHUB_TOKEN"

  /// The secret that a path names.
  static func name(of path: [String]) -> String? {
    if path == ["github", "token"] { return token }
    return path.count == 2 && path[0] == "secrets" ? path[1] : nil
  }

  init(of workflow: GitHubWorkflow) {
    add(workflow.env)
    for job in workflow.jobs {
      add(job.env)
      for step in job.steps {
        if let run = step.run { add(run) }
        add(step.env + step.with)
      }
    }
  }

  private mutating func add(_ entries: [Node.Entry]) {
    for entry in entries { add(entry.value) }
  }

  private mutating func add(_ node: Node) {
    let names = ActionExpression.paths(in: node.text).compactMap(Self.name)
    for name in names where !uses.contains(where: { $0.name == name }) { uses.append((name, node.mark)) }
  }
}
