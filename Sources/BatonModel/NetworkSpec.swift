/// The network that a step, or the process of a service, is in.
public enum NetworkSpec: Sendable, Hashable {
  /// That of this machine.
  case host
  /// One of its own, with nothing in it but its loopback: what listens there meets nobody.
  case own
  /// That of a service, by its full name.
  case of(String)

  /// As a script says it.
  public var text: String {
    switch self {
    case .host: "host"
    case .own: "private"
    case .of(let service): service
    }
  }
}

extension NetworkSpec: StepRenaming {
  public mutating func rename(_ names: [String: String]) {
    if case .of(let service) = self, let other = names[service] { self = .of(other) }
  }
}
