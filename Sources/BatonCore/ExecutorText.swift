import BatonModel

extension ExecutorSpec {
  /// `local`, `container`: what kind it is.
  public var kind: String {
    switch self {
    case .local: "local"
    case .container: "container"
    }
  }

  /// As records and people name it, refs as `${build.out.image}`: `local`, `container alpine:3`.
  public var text: String {
    switch self {
    case .local: "local"
    case .container(let container): "container \(FingerprintBuilder.text(container.image))"
    }
  }
}
