import BatonModel

/// One field that a step may have beside `run` and `depends`: how it is read and inherited.
struct StepField: Sendable {
  /// Reads the field into the options; what is wrong is reported.
  let read: @Sendable (FieldReader, LuaItem, [PathKey], inout StepOptions) -> Void
  /// Copies the field from one step's options into another's.
  let copy: @Sendable (inout StepOptions, StepOptions) -> Void
  /// Whether a group gives it to its members.
  let isInherited: Bool
  /// Whether `workflow` may give it to all steps.
  let isDefault: Bool

  private init<Part: Sendable>(
    _ path: any WritableKeyPath<StepOptions, Part> & Sendable, inherited: Bool = true, workflow: Bool = false,
    _ read: @escaping @Sendable (FieldReader, LuaItem, [PathKey]) -> Part?
  ) {
    self.read = { reader, item, place, options in
      if let part = read(reader, item, place) { options[keyPath: path] = part }
    }
    copy = { target, source in target[keyPath: path] = source[keyPath: path] }
    isInherited = inherited
    isDefault = workflow
  }

  /// By name.
  static let all: [String: StepField] = [
    "description": StepField(\.description, inherited: false) { $0.string($1, $2) },
    "when": StepField(\.when, inherited: false) { $0.when($1, $2) },
    "env": StepField(\.env) { $0.environment($1, $2) },
    "cwd": StepField(\.cwd, workflow: true) { $0.template($1, $2) },
    "shell": StepField(\.shell, workflow: true) { $0.shell($1, $2) },
    "stdin": StepField(\.stdin) { $0.template($1, $2) },
    "tests": StepField(\.tests) { $0.tests($1, $2) },
    "timeout": StepField(\.timeout, workflow: true) { $0.positiveSpan($1, $2) },
    "deadline": StepField(\.deadline) { $0.positiveSpan($1, $2) },
    "grace": StepField(\.grace, workflow: true) { $0.span($1, $2) },
    "retry": StepField(\.retry, workflow: true) { $0.retry($1, $2) },
    "failover": StepField(\.failover) { $0.failover($1, $2) },
    "allow_failure": StepField(\.allowFailure) { $0.flag($1, $2) },
    "priority": StepField(\.priority, workflow: true) {
      $0.integer($1, $2, in: -1_000_000...1_000_000, expected: "an integer")
    },
    "tags": StepField(\.tags, workflow: true) { $0.strings($1, $2) },
    "resources": StepField(\.resources) { $0.resources($1, $2, addingProcessor: true) },
    "mutex": StepField(\.mutex) { $0.mutex($1, $2) },
    "lease": StepField(\.leases) { PoolReader(reader: $0).leases($1, $2) },
    "inputs": StepField(\.inputs) { $0.globs($1, $2) },
    "outputs": StepField(\.outputs) { $0.globs($1, $2) },
    "cache": StepField(\.cache, workflow: true) { $0.cache($1, $2) },
    "artifacts": StepField(\.artifacts) { $0.globs($1, $2) },
    "max_failures": StepField(\.maxFailures, inherited: false) {
      $0.integer($1, $2, in: 1...1_000_000, expected: "an integer from 1 on").map { Int($0) }
    },
    "results": StepField(\.results) { $0.results($1, $2) },
    "executor": StepField(\.executor, workflow: true) { $0.executor($1, $2) },
    "network": StepField(\.network) { $0.network($1, $2) },
    "undo": StepField(\.undo) { $0.command($1, $2) },
    "interrupted": StepField(\.interrupted, workflow: true) { $0.choice($1, $2, StepOptions.Interrupted.self) },
    "on_divergence": StepField(\.onDivergence, workflow: true) {
      $0.choice($1, $2, StepOptions.OnDivergence.self)
    },
  ]

  /// What other tools call these fields.
  static let aliases: [String: String] = [
    "command": "run", "cmd": "run", "script": "run", "exec": "run", "args": "run", "needs": "depends",
    "requires": "depends", "depends_on": "depends", "dependencies": "depends", "after": "depends",
    "dependson": "depends",
    "condition": "when", "environment": "env", "dir": "cwd", "directory": "cwd", "working_directory": "cwd",
    "workdir": "cwd", "continue_on_error": "allow_failure", "ignore_errors": "allow_failure", "retries": "retry",
    "attempts": "retry", "max_attempts": "retry", "fallback": "failover", "lock": "mutex", "labels": "tags",
    "label": "tags", "rollback": "undo", "compensate": "undo", "sources": "inputs", "input": "inputs",
    "generates": "outputs", "output": "outputs", "doc": "description", "title": "description", "cpus": "resources",
    "memory": "resources", "container": "executor", "image": "executor", "ssh": "executor", "host": "executor",
    "pod": "executor", "kubernetes": "executor", "kubectl": "executor",
    "runs_on": "executor", "agent": "executor", "reports": "results", "report": "results", "test_results": "results",
  ]

  /// All that `step "x" {…}` may say.
  static let stepNames: [String] = all.keys + ["run", "depends"]
}
