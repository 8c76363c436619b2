import Glibc
import Testing

/// A place where steps run, for one test: this machine, an engine of containers, another host or Pods of the test's own, and a
/// workflow in which `PLACE` stands for it.
final class PlaceUnderTest {
  enum Kind: String, Sendable, CaseIterable { case local, podman, docker, ssh, kubernetes }

  let kind: Kind
  let sandbox: Sandbox
  private let engine: ContainerEngineUnderTest?
  private let host: HostUnderTest?

  /// - Parameter isApart: a host has a network of its own.
  init(_ kind: Kind, _ workflow: String, _ files: [String: String] = [:], isApart: Bool = false) throws {
    self.kind = kind
    sandbox = try Sandbox(files)
    let executor: String
    switch kind {
    case .local: (engine, host, executor) = (nil, nil, "\"local\"")
    case .podman, .docker:
      engine = try ContainerEngineUnderTest(kind == .podman ? .podman : .docker, sandbox)
      host = nil
      executor =
        "container { image = \"\(ContainerEngineUnderTest.image)\", engine = \"\(kind.rawValue)\", pull = \"never\" }"
    case .ssh:
      let own = try HostUnderTest(sandbox, isApart: isApart)
      (engine, host, executor) = (nil, own, "ssh { \(own.fields) }")
    case .kubernetes:
      engine = try ContainerEngineUnderTest(.podman, sandbox)
      (host, executor) = (nil, "pod { manifest = \"pod.yaml\", container = \"main\" }")
      try sandbox.write("pod.yaml", Self.manifest)
    }
    try sandbox.write(
      "w.lua", workflow.split(separator: "PLACE", omittingEmptySubsequences: false).joined(separator: executor) + "\n")
  }

  /// A Pod with a container beside the step's own.
  static let manifest = """
    apiVersion: v1
    kind: Pod
    metadata:
      name: given
      labels: {app: given}
    spec:
      containers:
        - name: beside
          image: \(ContainerEngineUnderTest.image)
          imagePullPolicy: Never
          command: [sh, -c, "trap 'exit 0' TERM; sleep 1000 & wait"]
        - name: main
          image: \(ContainerEngineUnderTest.image)
          imagePullPolicy: Never
          command: [/bin/false]

    """

  /// What `baton` needs in its environment to reach it.
  var variables: [String: String] {
    (engine?.variables ?? [:]).merging(["WHERE": sandbox.folder]) { _, folder in folder }
  }

  func baton(_ words: String..., env: [String: String] = [:]) throws -> Finished {
    try sandbox.start(words, env: variables.merging(env) { _, own in own }).wait(atMost: 120)
  }

  func start(_ words: String...) throws -> ChildProcess { try sandbox.start(words, env: variables) }

  /// Whether nothing of a run is there any more: no container, process or file of an attempt, here or there.
  func expectNothingLeft(_ comment: Comment = "", sourceLocation: SourceLocation = #_sourceLocation) throws {
    var left = sandbox.leftovers().map { "\($0)" } + (host?.leftovers ?? [])
    left += try engine?.containers().map { "container \($0)" } ?? []
    if kind == .kubernetes { left += try engine?.pods().map { "pod \($0)" } ?? [] }
    #expect(left == [], comment, sourceLocation: sourceLocation)
  }
}
