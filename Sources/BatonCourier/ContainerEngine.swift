import BatonModel
import BatonSystem
import Glibc

/// The program that runs containers: `podman` or `docker`.
struct ContainerEngine {
  enum Kind: String { case podman, docker }

  let kind: Kind
  /// The path of its file.
  let program: String

  /// - Parameter name: which of the two; nil: the one that there is, Podman where both are there and nothing points to a
  ///   Docker engine (`DOCKER_HOST`).
  static func find(_ name: String?) throws(BatonError) -> ContainerEngine {
    let kinds: [Kind] =
      name.flatMap(Kind.init).map { [$0] } ?? (getenv("DOCKER_HOST") != nil ? [.docker, .podman] : [.podman, .docker])
    for kind in kinds {
      if let program = Child.find(kind.rawValue) { return ContainerEngine(kind: kind, program: program) }
    }
    let missing = kinds.count == 1 ? "\(kinds[0].rawValue) is not in PATH" : "neither podman nor docker is in PATH"
    throw BatonError(
      .failure, "cannot run a container: \(missing)", cure: "install it, such as with: apt-get install podman")
  }

  /// What says to the program which engine and storage it works with.
  static let variables = [
    "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINER_HOST", "CONTAINER_CONNECTION", "DOCKER_CONFIG",
    "DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "HOME", "PATH", "TMPDIR",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
  ]

  /// A signal to what runs in a container. Whether there was one that runs.
  func ask(_ name: String, by signal: String = "TERM", environment: [String: String]) -> Bool {
    (try? command(["kill", "--signal", signal, name], environment))?.code == 0
  }

  /// The signal by which the program of a container's image is asked to end; nil: the usual one.
  func stopSignal(of name: String, environment: [String: String]) -> String? {
    let words = ["container", "inspect", "--format", "{{.Config.StopSignal}}", name]
    guard let end = try? command(words, environment), end.code == 0 else { return nil }
    let text = String(decoding: end.output, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
    return text.flatMap { $0.hasPrefix("<") ? nil : $0 }
  }

  /// Removes a container with all that runs in it, at once. Whether there is none of that name any more.
  func remove(_ names: [String], environment: [String: String]) -> Bool {
    let words = kind == .podman ? ["rm", "--force", "--time", "0"] : ["rm", "--force"]
    guard let end = try? command(words + names, environment) else { return false }
    let said = String(decoding: end.output, as: UTF8.self).lowercased()
    return end.code == 0 || said.contains("no such container") || said.contains("no container with")
  }

  /// Ids of the containers with all of these labels, stopped ones included.
  func containers(labels: [String], environment: [String: String]) throws(BatonError) -> [String] {
    let words = ["ps", "--all", "--quiet", "--no-trunc"] + labels.flatMap { ["--filter", "label=\($0)"] }
    let end = try command(words, environment)
    let said = String(decoding: end.output, as: UTF8.self)
    guard end.code == 0, end.exceeded == nil else {
      throw BatonError(
        .failure, end.exceeded == nil ? ContainerFailure.last(of: said) : "\(kind.rawValue) does not answer")
    }
    return said.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Whether it has an image of that name.
  func has(image: String, environment: [String: String]) -> Bool {
    (try? command(["image", "inspect", "--format", "{{.Id}}", image], environment))?.code == 0
  }

  func command(_ words: [String], _ environment: [String: String]) throws(BatonError) -> Child.End {
    var child = Child(program, words)
    child.environment = environment
    child.errors = .gathered
    return try child.run(limit: Span(seconds: 20), maximum: 16 << 20)
  }
}
