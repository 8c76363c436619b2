/// A workflow of the cookbook: a file that runs, with what it shows in its first comment.
public struct Recipe: Sendable {
  public let name: String
  public let source: String

  /// The first line of its comment, without the mark.
  public var title: String {
    String(source.split(separator: "\n").first ?? "").drop { $0 == "-" || $0 == " " }.trimmed
  }

  /// The lines of its first comment behind the first.
  public var text: String {
    source.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().prefix { $0.hasPrefix("--") }
      .map { $0.drop { $0 == "-" }.trimmed }.joined(separator: "\n").trimmed
  }

  var topic: Topic {
    Topic(
      name: "cookbook.\(name)", group: .recipes, usage: "cookbook.\(name)",
      text: title + (text.isEmpty ? "" : "\n\n" + text), sections: [.init("", code: source.trimmed)])
  }
}

extension Recipe {
  /// The cookbook, in the order of its table of contents.
  public static let all: [Recipe] = [
    Recipe("approval", PackageResources.approval_lua),
    Recipe("artifacts", PackageResources.artifacts_lua),
    Recipe("cached-build", PackageResources.cached_build_lua),
    Recipe("canary", PackageResources.canary_lua),
    Recipe("checkpoint", PackageResources.checkpoint_lua),
    Recipe("cleanup", PackageResources.cleanup_lua),
    Recipe("conditional", PackageResources.conditional_lua),
    Recipe("coverage-gate", PackageResources.coverage_gate_lua),
    Recipe("dynamic-matrix", PackageResources.dynamic_matrix_lua),
    Recipe("failover", PackageResources.failover_lua),
    Recipe("fan-in", PackageResources.fan_in_lua),
    Recipe("health-wait", PackageResources.health_wait_lua),
    Recipe("json", PackageResources.json_lua),
    Recipe("matrix-versions", PackageResources.matrix_versions_lua),
    Recipe("max-failures", PackageResources.max_failures_lua),
    Recipe("modules", PackageResources.modules_lua),
    Recipe("nightly", PackageResources.nightly_lua),
    Recipe("notify", PackageResources.notify_lua),
    Recipe("parallel-limits", PackageResources.parallel_limits_lua),
    Recipe("parameters", PackageResources.parameters_lua),
    Recipe("poll", PackageResources.poll_lua),
    Recipe("python", PackageResources.python_lua),
    Recipe("quarantine", PackageResources.quarantine_lua),
    Recipe("resume", PackageResources.resume_lua),
    Recipe("retry-flaky", PackageResources.retry_flaky_lua),
    Recipe("saga", PackageResources.saga_lua),
    Recipe("secrets", PackageResources.secrets_lua),
    Recipe("shards", PackageResources.shards_lua),
    Recipe("signal", PackageResources.signal_lua),
    Recipe("sub-workflow", PackageResources.sub_workflow_lua),
    Recipe("templates", PackageResources.templates_lua),
    Recipe("timeouts", PackageResources.timeouts_lua),
  ]

  private init(_ name: String, _ source: [UInt8]) {
    self.init(name: name, source: String(decoding: source, as: UTF8.self))
  }
}
