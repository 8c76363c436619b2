import BatonModel
import BatonSystem
import Glibc

/// The program that runs Pods: `kubectl`, where a context names a cluster, or `podman kube play` on this machine.
struct PodProgram: Hashable {
  /// The path of its file.
  let path: String
  /// The cluster; nil: Podman.
  let context: String?
  /// Of a cluster, where the manifest names one.
  var namespace: String?

  static func find(_ context: String?, namespace: String?) throws(BatonError) -> PodProgram {
    let name = context == nil ? "podman" : "kubectl"
    if let path = Child.find(name) { return PodProgram(path: path, context: context, namespace: namespace) }
    if context == nil {
      throw BatonError(
        .failure, "cannot run a pod: podman is not in PATH",
        cure: "install it (apt-get install podman), or name a cluster: context = \"…\"")
    }
    throw BatonError(
      .failure, "cannot run a pod: kubectl is not in PATH",
      cure: "install it (https://kubernetes.io/docs/tasks/tools), or leave context out: podman runs it here")
  }

  /// What says to the program which storage or cluster it works with.
  static let variables = ContainerEngine.variables + [configuration]

  /// Names the files, separated by colons, that say which clusters there are.
  static let configuration = "KUBECONFIG"

  /// Those files as they are called from anywhere.
  static func configuration(_ given: String, in folder: String) -> String {
    given.split(separator: ":", omittingEmptySubsequences: false).map { path in
      path.isEmpty || path.hasPrefix("/") ? String(path) : "\(folder)/\(path)"
    }.joined(separator: ":")
  }

  var name: String { context == nil ? "podman" : "kubectl" }

  /// The words before those of a command.
  var words: [String] {
    guard let context else { return [path] }
    return [path, "--context", context] + (namespace.map { ["--namespace", $0] } ?? [])
  }

  // MARK: Names

  /// Of the Pod of a step: one for all of its attempts. A name of Kubernetes: at most 63 of `a-z 0-9 -`, a letter or digit first and
  /// last.
  static func name(run: String, step: String) -> String {
    let whole = ContainerCommand.name(run: run, step: step).lowercased()
    let plain = whole.unicodeScalars.map { ("a"..."z").contains($0) || ("0"..."9").contains($0) ? String($0) : "-" }
    let hash = plain.lastIndex(of: "-").map { plain[$0...].joined() } ?? ""
    return plain.joined().utf8.count <= 63 ? plain.joined() : plain.prefix(63 - hash.utf8.count).joined() + hash
  }

  /// What its Pods are found by: values of labels have at most 63 characters, of few kinds.
  static func labels(run: String, step: String) -> [String: String] {
    ["baton.run": run, "baton.pod": name(run: run, step: step)]
  }

  // MARK: What it does

  /// Names of the Pods of a step, ended ones included.
  func pods(run: String, step: String, environment: [String: String]) throws(BatonError) -> [String] {
    let labels = Self.labels(run: run, step: step).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let own =
      context == nil
      ? ["pod", "ps", "--format", "{{.Name}}"] + labels.flatMap { ["--filter", "label=\($0)"] }
      : ["get", "pods", "--selector", labels.joined(separator: ","), "--output", "name"]
    let end = try perform(own, environment)
    let said = String(decoding: end.output, as: UTF8.self)
    guard end.code == 0, end.exceeded == nil else {
      throw end.exceeded == nil
        ? PodFailure.error(said, self, isAsked: false) : BatonError(.failure, "\(name) does not answer")
    }
    return said.split(whereSeparator: \.isWhitespace).map {
      $0.hasPrefix("pod/") ? String($0.dropFirst("pod/".count)) : String($0)
    }
  }

  /// Removes Pods with all that runs in them, at once. Whether there is none of these names any more.
  func remove(_ names: [String], environment: [String: String]) -> Bool {
    guard context == nil else {
      let words = ["delete", "pod", "--ignore-not-found", "--now", "--timeout=60s"] + names
      return (try? perform(words, environment, limit: Span(seconds: 70)))?.code == 0
    }
    // Killed first, none of them waits for the others.
    _ = try? perform(["pod", "kill"] + names, environment)
    return names.allSatisfy { name in
      guard let end = try? perform(["pod", "rm", "--force", name], environment) else { return false }
      return end.code == 0 || String(decoding: end.output, as: UTF8.self).lowercased().contains("no such pod")
    }
  }

  func perform(
    _ own: [String], _ environment: [String: String], limit: Span = Span(seconds: 20)
  ) throws(BatonError) -> Child.End {
    var child = Child(path, Array(words.dropFirst()) + own)
    child.environment = environment
    child.errors = .gathered
    return try child.run(limit: limit, maximum: 16 << 20)
  }
}
