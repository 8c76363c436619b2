import BatonModel

/// What `podman` and `kubectl` say when a Pod does not run, and what mends it.
enum PodFailure {
  /// Whether what `kubectl` said means that no request of its own came to a cluster.
  static func isUnreached(_ said: String) -> Bool {
    let low = said.lowercased()
    // A server may tell of connections of its own.
    return !low.contains("error from server")
      && [
        "context was not found", "context \"", "error loading config file", "connection refused", "no such host",
        "was refused",
      ].contains { low.contains($0) }
  }

  /// Whether another look would find the same.
  static func isFinal(_ said: String) -> Bool {
    let low = said.lowercased()
    return [
      "(notfound)", "no such container", "no such pod", "no container with", "forbidden", "unauthorized",
      "must be logged in", "context was not found", "context \"",
    ].contains { low.contains($0) }
  }

  /// - Parameter isOwn: the container was to run what its manifest or its image says.
  static func error(_ said: String, _ program: PodProgram, isAsked: Bool, isOwn: Bool = false) -> BatonError {
    let low = said.lowercased()
    func has(_ pieces: String...) -> Bool { pieces.contains { low.contains($0) } }
    if isAsked { return BatonError(.failure, "it was ended before it ran in its pod") }
    let words = words(of: said)
    if program.context == nil, let known = ContainerFailure.general(words, said, .podman) {
      return BatonError(.failure, known)
    }
    if has(
      "no space left on device", "disk quota exceeded", ": wrote only ", "low on resource: ephemeral-storage",
      "exceeds the total limit of containers", "diskpressure")
    {
      return BatonError(
        .failure, "the disk of its pod is full: \(words)", cure: "make room: on its node, or in its volumes")
    }
    if let context = program.context {
      if has("context was not found", "context \"\(context.lowercased())\" does not exist") {
        return BatonError(
          .failure, "kubectl knows no context \(context)", cure: "kubectl config get-contexts lists those that it knows"
        )
      }
      if has("connection refused", "unable to connect to the server", "no such host", "i/o timeout", "was refused") {
        return BatonError(.failure, "the cluster of \(context) does not answer: \(words)", cure: "is it up?")
      }
      if has("forbidden", "unauthorized", "must be logged in") {
        return BatonError(
          .failure, "the cluster of \(context) does not allow it: \(words)", cure: "kubectl auth can-i tells what is")
      }
    }
    if has(
      "image not known", "pinging container registry", "manifest unknown", "name unknown", "errimage",
      "imagepullbackoff", "invalidimagename", "no such image", "did not resolve")
    {
      let bring = program.context == nil ? "podman pull, podman load" : "the cluster pulls it from a registry"
      return BatonError(
        .failure, "there is no such image, and it cannot be fetched: \(words)",
        cure: "look at its name, or bring it: \(bring)")
    }
    let isMissing = has("executable file not found", "no such file or directory") && has("exec")
    if isMissing, isOwn {
      return BatonError(
        .failure, "there is no such program in its container: \(words)",
        cure: "look at command of the container in its manifest, or at its image")
    }
    if isMissing {
      return BatonError(
        .failure, "its container has no /bin/sh, or no tar: \(words)",
        cure: "take an image that has them: steps in pods are brought there by a shell")
    }
    if has("no container with", "no such container", "no such pod", "(notfound)", "container state improper") {
      return BatonError(.failure, "the pod is gone: \(words)")
    }
    return BatonError(.failure, "\(program.name) cannot run it: \(words)")
  }

  /// The last that a program said of why it failed, without its own marks.
  private static func words(of said: String) -> String {
    let lines = said.split(whereSeparator: \.isNewline).map(String.init)
    var words =
      lines.last { line in ["Error: ", "error: ", "Error from server"].contains { line.hasPrefix($0) } }
      ?? lines.last ?? "it says nothing"
    for prefix in ["Error: ", "error: "] where words.hasPrefix(prefix) { words = String(words.dropFirst(prefix.count)) }
    return words
  }
}
