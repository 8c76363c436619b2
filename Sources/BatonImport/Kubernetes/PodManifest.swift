import BatonModel

/// A Pod of Kubernetes as its manifest describes it, YAML or JSON (`kind: Pod`, API `v1`).
///
/// <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>
public struct PodManifest: Sendable {
  /// What is added to it for an attempt.
  public struct Addition: Sendable {
    public var name: String
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]
    /// The container in which the step runs.
    public var container: String
    /// What that container does meanwhile, in place of what the manifest says; nil: that.
    public var command: [String]?
    /// Added to that container's own.
    public var environment: [String: String] = [:]
    /// Folders of the node that it finds under their own paths.
    public var folders: [String] = []
    /// Port of the node's loopback interface → port of the Pod.
    public var published: [Int: Int] = [:]
    /// It has the node's network, unless the manifest says something of it.
    public var isOfNode = false
    /// Limits where the manifest has none: processors, bytes.
    public var processors: Double?
    public var memory: Int64?

    public init(name: String, container: String, command: [String]?) {
      self.name = name
      self.container = container
      self.command = command
    }
  }

  private let fields: [String: Value]
  /// The names of its containers, in their order; at least one.
  public let containers: [String]
  /// `metadata.namespace`.
  public let namespace: String?

  /// - Parameter file: its name in messages.
  /// - Throws: all that is wrong, each with its line and column.
  public init(_ text: [UInt8], file: String) throws(Diagnostics) {
    let root = try YAMLReader.read(text, file: file, octal: true)
    var reading = PodReading(file: file)
    containers = reading.containers(of: root)
    guard reading.problems.isEmpty else { throw Diagnostics(reading.problems) }
    fields = root.value.map ?? [:]
    namespace = root["metadata"]?["namespace"]?.text
  }

  /// Whether it has its machine's network.
  public var isOfNode: Bool { fields["spec"]?["hostNetwork"] == .bool(true) }

  /// Whether it says itself how much memory a container may use.
  public func limitsMemory(of container: String) -> Bool {
    let all = fields["spec"]?["containers"]?.list ?? []
    return all.contains { $0["name"]?.string == container && $0["resources"]?["limits"]?["memory"] != nil }
  }

  /// A Pod with one container.
  public init(image: String) {
    let container: Value = .map(["name": "main", "image": .string(image)])
    fields = ["apiVersion": "v1", "kind": "Pod", "spec": .map(["containers": .list([container])])]
    containers = ["main"]
    namespace = nil
  }

  /// The Pod of an attempt.
  ///
  /// It never starts again by itself: what ended is for its step to tell. Of the step's container, probes and hooks are left out with
  /// the program that they were made for.
  public func pod(_ addition: Addition) -> Value {
    var pod = fields
    var metadata = fields["metadata"]?.map ?? [:]
    metadata["name"] = .string(addition.name)
    metadata["generateName"] = nil
    for (field, added) in [("labels", addition.labels), ("annotations", addition.annotations)] {
      metadata[field] = .map((metadata[field]?.map ?? [:]).merging(added.mapValues { .string($0) }) { $1 })
    }
    pod["metadata"] = .map(metadata)
    var spec = fields["spec"]?.map ?? [:]
    spec["restartPolicy"] = "Never"
    var containers = (spec["containers"]?.list ?? []).map { $0.map ?? [:] }
    if addition.isOfNode, spec["hostNetwork"] == nil, !containers.contains(where: Self.hasHostPort) {
      spec["hostNetwork"] = true
    }
    let volumes = addition.folders.enumerated().map { (name: "baton-\($0 + 1)", path: $1) }
    if !volumes.isEmpty {
      spec["volumes"] = .list(
        (spec["volumes"]?.list ?? [])
          + volumes.map {
            .map(["name": .string($0.name), "hostPath": .map(["path": .string($0.path), "type": "Directory"])])
          })
    }
    for index in containers.indices where containers[index]["name"]?.string == addition.container {
      let mounts: [Value] = volumes.map { .map(["name": .string($0.name), "mountPath": .string($0.path)]) }
      containers[index] = Self.container(containers[index], addition, mounts)
    }
    spec["containers"] = .list(containers.map { .map($0) })
    pod["spec"] = .map(spec)
    return .map(pod)
  }

  private static func hasHostPort(_ container: [String: Value]) -> Bool {
    container["ports"]?.list?.contains { $0["hostPort"] != nil } ?? false
  }

  private static func container(
    _ given: [String: Value], _ addition: Addition, _ mounts: [Value]
  ) -> [String: Value] {
    var container = given
    if let command = addition.command {
      for field in ["args", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] { container[field] = nil }
      container["command"] = .list(command.map { .string($0) })
    }
    if !addition.environment.isEmpty {
      let others = (given["env"]?.list ?? []).filter { addition.environment[$0["name"]?.string ?? ""] == nil }
      container["env"] = .list(
        others
          + addition.environment.sorted { $0.key < $1.key }.map { .map(["name": .string($0), "value": .string($1)]) })
    }
    if !mounts.isEmpty { container["volumeMounts"] = .list((given["volumeMounts"]?.list ?? []) + mounts) }
    if !addition.published.isEmpty {
      let inside = Set(addition.published.values.map { Int64($0) })
      let others = (given["ports"]?.list ?? []).filter { port in
        port["containerPort"]?.integer.map { !inside.contains($0) } ?? true
      }
      container["ports"] = .list(
        others
          + addition.published.sorted { $0.key < $1.key }.map { outside, inside in
            .map([
              "containerPort": .integer(Int64(inside)), "hostPort": .integer(Int64(outside)), "hostIP": "127.0.0.1",
            ])
          })
    }
    var resources = given["resources"]?.map ?? [:]
    var limits = resources["limits"]?.map ?? [:]
    if let processors = addition.processors, limits["cpu"] == nil {
      // Thousandths of a processor, at least one.
      limits["cpu"] = .string("\(max(1, Int64(exactly: (processors * 1000).rounded()) ?? 1_000_000))m")
    }
    if let memory = addition.memory, limits["memory"] == nil { limits["memory"] = .string(String(memory)) }
    if !limits.isEmpty {
      resources["limits"] = .map(limits)
      container["resources"] = .map(resources)
    }
    return container
  }
}

/// What is wrong with a manifest, as far as it has to be known here.
private struct PodReading {
  let file: String
  var problems: [Diagnostic] = []

  private mutating func wrong(_ message: String, _ mark: Mark, cure: String? = nil) {
    problems.append(Diagnostic(message, at: mark.place(in: file), cure: cure))
  }

  mutating func containers(of root: Node) -> [String] {
    guard root.entries != nil else {
      wrong("a Pod is a map with kind, metadata and spec, not \(root.phrase)", root.mark)
      return []
    }
    let kind = root["kind"]?.text
    if kind != "Pod" {
      let templates = ["Deployment", "Job", "StatefulSet", "DaemonSet", "ReplicaSet", "CronJob"]
      wrong(
        "kind is \(root["kind"]?.phrase ?? "missing"): what runs is a Pod", root["kind"]?.mark ?? root.mark,
        cure: kind.map(templates.contains) == true
          ? "let a file have its template alone: kind: Pod, and what stands below spec.template"
          : "kind: Pod")
      return []
    }
    if let version = root["apiVersion"], version.text != "v1" {
      wrong("apiVersion is \(version.phrase): that of a Pod is v1", version.mark)
    } else if root["apiVersion"] == nil {
      wrong("apiVersion is missing", root.mark, cure: "apiVersion: v1")
    }
    if let metadata = root["metadata"], metadata.entries == nil, !metadata.isNull {
      wrong("metadata is a map, not \(metadata.phrase)", metadata.mark)
    }
    guard let list = root["spec"]?["containers"]?.items, !list.isEmpty else {
      wrong(
        "spec.containers is missing, or no list of containers",
        (root["spec"]?["containers"] ?? root["spec"] ?? root).mark, cure: "each with a name and an image")
      return []
    }
    for field in ["volumes", "initContainers"] {
      if let volumes = root["spec"]?[field], volumes.items == nil, !volumes.isNull {
        wrong("spec.\(field) is a list, not \(volumes.phrase)", volumes.mark)
      }
    }
    return list.enumerated().compactMap { name(of: $1, number: $0) }
  }

  private mutating func name(of container: Node, number: Int) -> String? {
    let place = "spec.containers[\(number)]"
    guard container.entries != nil else {
      wrong("\(place) is a map, not \(container.phrase)", container.mark)
      return nil
    }
    for field in ["ports", "volumeMounts", "env"] {
      if let list = container[field], list.items == nil, !list.isNull {
        wrong("\(place).\(field) is a list, not \(list.phrase)", list.mark)
      }
    }
    if container["image"]?.string == nil { wrong("\(place) has no image", container.mark) }
    guard let name = container["name"]?.string else {
      wrong("\(place) has no name", container.mark)
      return nil
    }
    return name
  }
}
