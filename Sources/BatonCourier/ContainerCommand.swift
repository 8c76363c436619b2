import BatonModel
import BatonRuntime
import BatonSystem
import Glibc

/// The words by which an engine's program runs an attempt.
struct ContainerCommand {
  let engine: ContainerEngine
  let job: CourierJob
  let container: Elsewhere.Container
  let name: String

  /// The name of the image, where it was made here.
  var made: String?

  /// The program may lack what reaps orphans and passes signals on as the first process of a container.
  var hasInit = true

  /// `baton-RUN-STEP-HASH`: one for all attempts of a step, so that two of them can't run at once.
  static func name(run: String, step: String) -> String {
    let plain = step.unicodeScalars.prefix(40).map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil) ? String(scalar) : "-"
    }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in step.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "baton-\(run)-\(plain.joined())-\(String(hash, radix: 36))"
  }

  /// What the container is known by.
  var labels: [String] {
    [
      "baton.run=\(job.place.run)", "baton.step=\(job.step)", "baton.attempt=\(job.attempt)",
      "baton.project=\(job.place.folders.first ?? "")",
    ]
  }

  /// Whether the container runs what its image says.
  var isOwn: Bool { job.isOwn }

  /// What runs in it, as messages name it.
  var program: String { job.arguments.first.map { "\"\($0)\"" } ?? "the image's own program" }

  var words: [String] {
    job.errand == nil ? runWords : execWords
  }

  private var runWords: [String] {
    var words = ["run", "--rm", "--name", name]
    if !isOwn { words += ["--workdir", job.folder] }
    if let network = container.network { words += ["--network", network] }
    for (outside, inside) in container.published.sorted(by: { $0.key < $1.key }) {
      words += ["--publish", "127.0.0.1:\(outside):\(inside)"]
    }
    // A program of the image's own may want to be the first process.
    if hasInit, !isOwn { words.append("--init") }
    if job.input != nil { words.append("--interactive") }
    for label in labels { words += ["--label", label] }
    words += ["--pull", made == nil ? container.pull.rawValue : "never"]
    // Files of the machine are what this is for, whatever their labels.
    words += ["--security-opt", "label=disable"]
    for folder in job.place.folders { words += ["--mount", Self.mount(folder, folder, readOnly: false)] }
    for mount in container.mounts { words += ["--mount", Self.mount(mount)] }
    if let user { words += ["--user", user] }
    if let memory = container.memory { words += ["--memory", "\(memory)b", "--memory-swap", "\(memory)b"] }
    if let processors = container.processors { words += ["--cpus", "\(processors)"] }
    if let pids = container.pids { words += ["--pids-limit", "\(pids)"] }
    // The program of the step, not one that the image puts before it.
    if !isOwn { words += ["--entrypoint", ""] }
    return words + variables + [made ?? container.image] + job.arguments
  }

  private var execWords: [String] {
    var words = ["exec", "--workdir", job.folder]
    if job.input != nil { words.append("--interactive") }
    if let user { words += ["--user", user] }
    return words + variables + [name] + job.arguments
  }

  /// Files that are made belong to who runs Baton. Where the engine has no more rights than they have, its root is them.
  private var user: String? {
    if let user = container.user { return user }
    guard engine.kind == .docker, geteuid() != 0, !job.place.isOwn else { return nil }
    return "\(geteuid()):\(getegid())"
  }

  // MARK: Environment

  /// What the step finds there of the attempt's files.
  private static let files = ["BATON_OUTPUT", "BATON_EVENTS", "BATON_TESTS"]

  /// All that the step's environment is made of, beside what the image says.
  private var ownEnvironment: [String: String] {
    var environment = job.environment
    for name in Self.files { environment[name] = Courier.variable(name) }
    // There, a port is where the service listens.
    for (name, value) in environment where name.hasPrefix("BATON_PORT_") {
      if let inside = container.published[value] { environment[name] = String(inside) }
    }
    return environment
  }

  /// Names by which the program itself is told something: what the step is told by them stands in the arguments, so that the program
  /// does not heed it. Nothing that holds a secret is among them.
  private static func isProgramsOwn(_ name: String) -> Bool {
    ContainerEngine.variables.contains(name) || otherVariables.contains(name)
      || ["LD_", "CONTAINERS_"].contains { name.hasPrefix($0) }
  }

  private static let otherVariables: Set<String> = [
    "ALL_PROXY", "BUILDAH_ISOLATION", "CONTAINER_SSHKEY", "DOCKER_API_VERSION", "DOCKER_TLS", "GODEBUG", "GOTRACEBACK",
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "REGISTRY_AUTH_FILE", "SSH_AUTH_SOCK", "STORAGE_DRIVER", "STORAGE_OPTS",
    "XDG_CACHE_HOME", "_", "all_proxy", "http_proxy", "https_proxy", "no_proxy",
  ]

  /// Values stand in the program's environment and not in its arguments, which everybody on the machine can read.
  private var variables: [String] {
    ownEnvironment.sorted { $0.key < $1.key }.flatMap { name, value in
      ["--env", Self.isProgramsOwn(name) ? "\(name)=\(value)" : name]
    }
  }

  /// The environment of the program.
  var environment: [String: String] {
    var environment = Client.surroundings()
    for (name, value) in ownEnvironment where !Self.isProgramsOwn(name) { environment[name] = value }
    return environment
  }

  // MARK: Mounts

  /// `OUTSIDE[:INSIDE[:ro]]`.
  private static func mount(_ text: String) -> String {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let inside = parts.count > 1 && parts[1] != "ro" ? parts[1] : parts[0]
    return mount(parts[0], inside, readOnly: parts.count > 1 && parts.last == "ro")
  }

  /// A line of comma-separated values, as both programs read it.
  private static func mount(_ outside: String, _ inside: String, readOnly: Bool) -> String {
    func quoted(_ field: String) -> String {
      guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
      return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
    return ["type=bind", quoted("source=\(outside)"), quoted("target=\(inside)")].joined(separator: ",")
      + (readOnly ? ",readonly" : "")
  }
}
