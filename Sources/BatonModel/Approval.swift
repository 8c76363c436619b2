/// `approval = { by = {"role"…}, quorum = 1, timeout = "24h", form = { field = param… } }`: people who must agree.
public struct ApprovalSpec: Sendable, Hashable {
  /// Roles (`"roles"` in `baton.json`) or people; empty: anyone.
  public var by: [String]
  /// How many different people must agree.
  public var quorum: Int
  /// How long they have; nil: as long as it takes.
  public var timeout: Span?
  /// What they are asked to fill in, in the order of the names; the answers are the gate's values.
  public var form: [ParamSpec]

  public init(by: [String] = [], quorum: Int = 1, timeout: Span? = nil, form: [ParamSpec] = []) {
    self.by = by
    self.quorum = quorum
    self.timeout = timeout
    self.form = form
  }
}

extension ApprovalSpec {
  /// The role in which someone may answer; nil: they may not.
  ///
  /// A role of `baton.json` is had by the people that it lists, each as `user` or `user@host`; every other word stands for the
  /// person of that name, or for whoever answers `--as` it.
  ///
  /// - Parameters:
  ///   - who: `user@host`, or what `--as` said.
  ///   - by: roles or people; empty: anyone.
  ///   - roles: role → people.
  public static func role(of who: String, among by: [String], roles: [String: [String]]) -> String? {
    if by.isEmpty { return "" }
    func isMeant(_ name: String) -> Bool {
      name == who || (!name.contains("@") && who.split(separator: "@").first.map { $0 == name } ?? false)
    }
    return by.first { role in roles[role].map { $0.contains(where: isMeant) } ?? isMeant(role) }
  }
}
