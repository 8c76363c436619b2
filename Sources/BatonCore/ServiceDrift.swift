import BatonModel

/// In what a service is another one than it was started as: what its workflow, the files that it is made of and the project's
/// configuration say now.
public struct ServiceDrift: Sendable, Hashable {
  /// A field of it.
  public struct Part: Sendable, Hashable {
    /// `run`, `env.PORT`, `contents of inputs`.
    public var field: String
    /// nil: it had none; it has none now.
    public var before: String?
    public var now: String?

    public init(field: String, before: String?, now: String?) {
      self.field = field
      self.before = before
      self.now = now
    }
  }

  /// Service → the fields that differ; none: it is as it was started. Services that the workflow does not have any more are not among
  /// them.
  public var services: [String: [Part]]
  /// Services that were started, and that the workflow does not have any more.
  public var gone: Set<String>
  /// The command that starts them as they should be.
  public var cure: String

  public init(services: [String: [Part]], gone: Set<String> = [], cure: String) {
    self.services = services
    self.gone = gone
    self.cure = cure
  }
}

extension RunView {
  /// Compares what its services were started as with a plan of now.
  ///
  /// - Parameter cure: the command that mends it.
  public func drift(_ plan: ResumePlan, cure: String) -> ServiceDrift {
    var drift = ServiceDrift(services: [:], cure: cure)
    for (name, decision) in plan.services where services[name] != nil {
      drift.services[name] = decision.differences.map { .init(field: $0.name, before: $0.before, now: $0.now) }
    }
    drift.gone = Set(services.keys).subtracting(plan.plan.nodes.lazy.filter { $0.service != nil }.map(\.name))
    return drift
  }
}
