import BatonModel

extension ExecutorSpec {
  /// `local`, `container`, `ssh`, `pod`: what kind it is.
  public var kind: String {
    switch self {
    case .local: "local"
    case .container: "container"
    case .ssh: "ssh"
    case .pod: "pod"
    }
  }

  /// As records and people name it, refs as `${build.out.image}`: `local`, `container alpine:3`, `ssh build1`.
  public var text: String {
    switch self {
    case .local: "local"
    case .container(let container): "container \(FingerprintBuilder.text(container.image))"
    case .ssh(let host):
      "ssh \(host.user.map { FingerprintBuilder.text($0) + "@" } ?? "")\(FingerprintBuilder.text(host.host))"
    case .pod(let pod): "pod \((pod.manifest ?? pod.image).map(FingerprintBuilder.text) ?? "")"
    }
  }
}
