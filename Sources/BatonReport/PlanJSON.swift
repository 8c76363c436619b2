import BatonCore
import BatonModel

/// `baton plan --json`: the whole plan as one object.
///
/// `{"workflow","file","description","params":[…],"values":{…},"pool":{…},"jobs","estimate":{…},"nodes":[…],
/// "notifications":[…]}`; a node is `{"name","kind","level","file","line","group","depends":[…],"run",…}` with what its
/// script said beside, and of a durable body its `outline` (``OutlineJSON``). Refs stand as `${step.out.name}`.
public enum PlanJSON {
  public static func bytes(
    _ plan: Plan, schedule: PlanSchedule, jobs: Int, pool: [String: Double] = [:],
    outlines: [NodeIndex: BodyOutline] = [:], shards: ShardsText.Axes = [],
    impact: (changes: ChangedFiles, impact: Impact)? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(plan.nodes.count * 160 + 1024)
    let workflow = plan.workflow
    var head: [String: Value] = [
      "workflow": .string(workflow.name), "file": .string(workflow.file), "values": .map(workflow.values),
      "jobs": .integer(Int64(jobs)), "pool": .map(workflow.pool.mapValues { .number($0) }),
      "params": .list(workflow.params.map(\.value)), "fail_fast": .bool(workflow.failFast),
      "notifications": .list(plan.notifications.map(notification)),
    ]
    if let count = workflow.maxFailures { head["max_failures"] = .integer(Int64(count)) }
    if !workflow.quarantine.isEmpty { head["quarantine"] = .list(workflow.quarantine.map(\.value)) }
    if let description = workflow.description { head["description"] = .string(description) }
    if let deadline = workflow.deadline { head["deadline_ms"] = .integer(deadline.milliseconds) }
    if let impact { head["changed_since"] = ImpactText.json(impact.changes, impact.impact) }
    if let shards = ShardsText.json(shards) { head["shards"] = shards }
    if schedule.knownCount > 0 {
      head["estimate"] = [
        "duration_ms": .integer(schedule.length(of: plan, jobs: jobs, pool: pool).milliseconds),
        "shortest_ms": .integer(schedule.shortest.milliseconds),
        "critical_path": .list(schedule.criticalPath(plan).map { .string(plan.nodes[$0].name) }),
        "known_steps": .integer(Int64(schedule.knownCount)), "steps": .integer(Int64(schedule.stepCount)),
      ]
    }
    bytes.append(UInt8(ascii: "{"))
    for (key, value) in head.sorted(by: { $0.key < $1.key }) {
      JSON.append(key, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      JSON.append(value, to: &bytes)
      bytes.append(UInt8(ascii: ","))
    }
    bytes.append(contentsOf: "\"nodes\":[".utf8)
    for index in plan.nodes.indices {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(0x0A)
      append(index, of: plan, schedule, outline: outlines[index], to: &bytes)
    }
    bytes.append(contentsOf: "\n]}\n".utf8)
    return bytes
  }

  /// One node, written straight into the buffer: this is what there are many of.
  private static func append(
    _ index: NodeIndex, of plan: Plan, _ schedule: PlanSchedule, outline: BodyOutline?, to bytes: inout [UInt8]
  ) {
    let node = plan.nodes[index]
    func key(_ name: StaticString, _ bytes: inout [UInt8]) {
      bytes.append(contentsOf: ",\"".utf8)
      name.withUTF8Buffer { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: "\":".utf8)
    }
    bytes.append(contentsOf: "{\"name\":".utf8)
    JSON.append(node.name, to: &bytes)
    key("kind", &bytes)
    JSON.append(node.nodeKind.rawValue, to: &bytes)
    if !schedule.included[index] {
      key("selected", &bytes)
      bytes.append(contentsOf: "false".utf8)
    }
    key("level", &bytes)
    bytes.append(contentsOf: String(schedule.level[index] + 1).utf8)
    key("file", &bytes)
    JSON.append(node.file, to: &bytes)
    key("line", &bytes)
    bytes.append(contentsOf: String(node.line).utf8)
    if let parent = node.parent {
      key("group", &bytes)
      JSON.append(plan.nodes[parent].name, to: &bytes)
    }
    key("depends", &bytes)
    bytes.append(UInt8(ascii: "["))
    for (position, dependency) in node.dependencies.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      JSON.append(plan.nodes[dependency].name, to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
    if schedule.knownCount > 0, node.nodeKind == .step, schedule.included[index] {
      key("expected_ms", &bytes)
      bytes.append(contentsOf: String(schedule.expected[index] / 1_000_000).utf8)
    }
    switch node.kind {
    case .step(let command):
      key("run", &bytes)
      JSON.append(self.command(command), to: &bytes)
      if let outline {
        key("outline", &bytes)
        JSON.append(OutlineJSON.value(outline), to: &bytes)
      }
    case .service(let service):
      key("run", &bytes)
      JSON.append(command(service.command), to: &bytes)
      key("service", &bytes)
      JSON.append(ServiceJSON.value(of: service), to: &bytes)
    case .gate(let gate):
      key("require", &bytes)
      JSON.append(
        .list(gate.require.map { ["metric": .string($0.metric), "must_be": .string($0.text)] }), to: &bytes)
      if let check = gate.check {
        key("check", &bytes)
        JSON.append(["function": .string(check.digest)], to: &bytes)
      }
      if let approval = gate.approval {
        key("approval", &bytes)
        JSON.append(
          [
            "by": .list(approval.by.map { .string($0) }), "quorum": .integer(Int64(approval.quorum)),
            "timeout_ms": approval.timeout.map { .integer($0.milliseconds) } ?? .null,
            "form": .list(approval.form.map(\.value)),
          ], to: &bytes)
      }
      key("otherwise", &bytes)
      JSON.append(gate.otherwise.rawValue, to: &bytes)
    case .group(let group):
      key("style", &bytes)
      JSON.append(group.style.rawValue, to: &bytes)
      key("members", &bytes)
      JSON.append(.list(group.members.map { .string(plan.nodes[$0].name) }), to: &bytes)
      if let max = group.max {
        key("max", &bytes)
        bytes.append(contentsOf: String(max).utf8)
      }
      if let count = group.maxFailures {
        key("max_failures", &bytes)
        bytes.append(contentsOf: String(count).utf8)
      }
      if group.failFast {
        key("fail_fast", &bytes)
        bytes.append(contentsOf: "true".utf8)
      }
      if let pending = group.pending {
        key("axes", &bytes)
        JSON.append(.map(pending.axes.mapValues { .string(CommandText.text($0)) }), to: &bytes)
      }
    }
    if node.options !== StepOptions.Shared.standard {
      for (name, value) in options(node.options.value).sorted(by: { $0.key < $1.key }) {
        bytes.append(UInt8(ascii: ","))
        JSON.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        JSON.append(value, to: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private static func command(_ command: Command) -> Value {
    switch command {
    case .shell(let template): .string(CommandText.text(template))
    case .program(let words): .list(words.map { .string(CommandText.text($0)) })
    case .callback(let callback): ["function": .string(callback.digest)]
    case .body(let body): ["body": .string(body.digest)]
    case .request: ["request": .string(CommandText.text(command))]
    case .call(let call):
      [
        "workflow": .string(CommandText.text(call.file)),
        "params": .map(call.params.mapValues { .string(CommandText.text($0)) }),
      ]
    }
  }

  /// What differs from what a step has that says nothing.
  private static func options(_ options: StepOptions) -> [String: Value] {
    var fields: [String: Value] = [:]
    let standard = StepOptions.Shared.standard.value
    if let description = options.description { fields["description"] = .string(description) }
    switch options.when {
    case .succeeded: break
    case .failed: fields["when"] = "failed"
    case .finished: fields["when"] = "finished"
    case .callback(let callback): fields["when"] = ["function": .string(callback.digest)]
    }
    if !options.env.isEmpty { fields["env"] = .map(options.env.mapValues { .string(CommandText.text($0)) }) }
    if let cwd = options.cwd { fields["cwd"] = .string(CommandText.text(cwd)) }
    if options.shell != standard.shell { fields["shell"] = .list(options.shell.map { .string($0) }) }
    if let stdin = options.stdin { fields["stdin"] = .string(CommandText.text(stdin)) }
    switch options.tests {
    case .literal(let list)?: fields["tests"] = list
    case let tests?: fields["tests"] = .string(CommandText.text(tests))
    case nil: break
    }
    if let timeout = options.timeout { fields["timeout_ms"] = .integer(timeout.milliseconds) }
    if let deadline = options.deadline { fields["deadline_ms"] = .integer(deadline.milliseconds) }
    if options.grace != standard.grace { fields["grace_ms"] = .integer(options.grace.milliseconds) }
    if options.retry.attempts > 1 { fields["retry"] = retry(options.retry) }
    if !options.failover.isEmpty {
      fields["failover"] = .list(options.failover.map { $0.command.map(command) ?? .map([:]) })
    }
    if options.allowFailure { fields["allow_failure"] = true }
    if options.priority != 0 { fields["priority"] = .integer(options.priority) }
    if !options.tags.isEmpty { fields["tags"] = .list(options.tags.map { .string($0) }) }
    if options.resources != standard.resources {
      fields["resources"] = .map(options.resources.mapValues { .number($0) })
    }
    if let mutex = options.mutex { fields["mutex"] = .string(mutex) }
    if !options.leases.isEmpty { fields["lease"] = .list(options.leases.map { $0.shown }) }
    if !options.inputs.isEmpty { fields["inputs"] = .list(options.inputs.map { .string(CommandText.text($0)) }) }
    if !options.outputs.isEmpty { fields["outputs"] = .list(options.outputs.map { .string(CommandText.text($0)) }) }
    switch options.cache {
    case .off: break
    case .on: fields["cache"] = true
    case .keyed(let key): fields["cache"] = ["key": .string(CommandText.text(key))]
    }
    if !options.artifacts.isEmpty {
      fields["artifacts"] = .list(options.artifacts.map { .string(CommandText.text($0)) })
    }
    if !options.results.isEmpty { fields["results"] = .list(options.results.map(source)) }
    if let count = options.maxFailures { fields["max_failures"] = .integer(Int64(count)) }
    if options.executor != standard.executor { fields["executor"] = options.executor.json }
    if options.network != .host { fields["network"] = .string(options.network.text) }
    if let undo = options.undo { fields["undo"] = command(undo) }
    if options.interrupted != .rerun { fields["interrupted"] = .string(options.interrupted.rawValue) }
    return fields
  }

  private static func source(_ source: ResultSource) -> Value {
    var fields: [String: Value] = [
      "files": .list(source.patterns.map { .string(CommandText.text($0)) }), "optional": .bool(source.isOptional),
    ]
    switch source.reader {
    case .format(let format): fields["format"] = .string(format.rawValue)
    case .callback(let callback): fields["read"] = ["function": .string(callback.digest)]
    }
    return .map(fields)
  }

  private static func retry(_ policy: RetryPolicy) -> Value {
    var fields: [String: Value] = [
      "attempts": .integer(Int64(policy.attempts)), "backoff_ms": .integer(policy.backoff.milliseconds),
      "factor": .number(policy.factor), "max_ms": .integer(policy.max.milliseconds), "jitter": .number(policy.jitter),
    ]
    if policy.tests != .all { fields["tests"] = .string(policy.tests.rawValue) }
    if let command = policy.command { fields["run"] = self.command(command) }
    if let select = policy.select { fields["select"] = ["function": .string(select.digest)] }
    switch policy.when {
    case .always: break
    case .listed(let triggers):
      fields["when"] = .list(
        triggers.map { trigger -> Value in
          switch trigger {
          case .exitCode(let code): .integer(Int64(code))
          case .signal(let signal): .string(SignalName.text(signal))
          case .timeout: "timeout"
          }
        })
    case .callback(let callback): fields["when"] = ["function": .string(callback.digest)]
    }
    return .map(fields)
  }

  private static func notification(_ notification: NotificationSpec) -> Value {
    let on: Value =
      switch notification.on {
      case .moments(let moments): .list(moments.map { .string($0.rawValue) })
      case .callback(let callback): ["function": .string(callback.digest)]
      }
    var fields: [String: Value] = [
      "name": .string(notification.name), "on": on, "to": .list(notification.to.map { .string($0.channel) }),
      "file": .string(notification.place.file), "line": .integer(Int64(notification.place.line)),
    ]
    if let digest = notification.digest { fields["digest_ms"] = .integer(digest.milliseconds) }
    if let rate = notification.rate {
      fields["rate"] = ["count": .integer(Int64(rate.count)), "per_ms": .integer(rate.per.milliseconds)]
    }
    if notification.gathers { fields["scope"] = .string(notification.scope.rawValue) }
    return .map(fields)
  }
}
