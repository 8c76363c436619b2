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

  /// Whether a service is another one than it was started as.
  public var isFound: Bool { !gone.isEmpty || services.values.contains { !$0.isEmpty } }
}
