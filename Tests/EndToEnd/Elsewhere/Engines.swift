import Glibc

/// Engines of containers for one test: with storage, sockets and configuration below its sandbox, and an image made of busybox.
/// Nothing of the machine's own is used or changed.
final class ContainerEngineUnderTest {
  enum Kind: String, Sendable, CaseIterable { case podman, docker }

  let kind: Kind
  /// What `baton` needs in its environment to use it.
  let variables: [String: String]
  private let sandbox: Sandbox
  private let folder: String
  private var daemon: ChildProcess?

  /// The image's name.
  static let image = "localhost/baton-test:1"

  init(_ kind: Kind, _ sandbox: Sandbox) throws {
    self.kind = kind
    self.sandbox = sandbox
    folder = "\(sandbox.scratch)/\(kind.rawValue)"
    try Disk.make(folder: folder)
    switch kind {
    case .podman:
      // Debian's Podman 4.3 with hybrid cgroups: crun refuses them, and no systemd is there to ask.
      try Disk.write(
        """
        [engine]
        runtime = "runc"
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        [containers]
        default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]

        """, to: "\(folder)/containers.conf")
      try Disk.write(
        "[storage]\ndriver = \"vfs\"\ngraphroot = \"\(folder)/graph\"\nrunroot = \"\(folder)/run\"\n",
        to: "\(folder)/storage.conf")
      variables = [
        "CONTAINERS_CONF": "\(folder)/containers.conf", "CONTAINERS_STORAGE_CONF": "\(folder)/storage.conf",
      ]
    case .docker:
      // A path of a socket has at most 107 bytes.
      let socket = "/tmp/\(sandbox.mark).docker"
      variables = ["DOCKER_HOST": "unix://\(socket)"]
      let words = [
        "dockerd", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--bridge=none",
        "--default-ulimit", "nofile=20000:20000", "-H", "unix://\(socket)", "--data-root", "\(folder)/data",
        "--exec-root", "/tmp/\(sandbox.mark).exec", "--pidfile", "\(folder)/pid", "--storage-driver", "vfs",
      ]
      // Not marked as a process of the sandbox: it is none of Baton's.
      daemon = try ChildProcess(
        words, in: folder, environment: ["PATH": sandbox.environment["PATH"] ?? ""], scratch: sandbox.scratch)
      try sandbox.wait("dockerd listens", atMost: 60) { Disk.exists(socket) }
    }
    let made = try engine("import", "-c", "ENV PATH=/bin", try Self.files(), Self.image)
    guard made.code == 0 else { throw HarnessError(made.account) }
  }

  deinit {
    for id in (try? containers()) ?? [] { _ = try? engine("rm", "-f", id) }
    if let daemon {
      daemon.send(SIGTERM)
      _ = try? daemon.wait(atMost: 20)
      // It leaves the network of containers without one mounted.
      let place = "/tmp/\(sandbox.mark).exec"
      _ = try? sandbox.command("sh", "-c", "umount \(place)/netns/* 2> /dev/null; rm -rf \(place)")
    }
    // Image layers may be mounted over.
    _ = try? sandbox.command("rm", "-rf", folder)
  }

  /// Runs the engine's own program.
  @discardableResult
  func engine(_ words: String...) throws -> Finished {
    try ChildProcess(
      [kind.rawValue] + words, in: sandbox.folder,
      environment: sandbox.environment.merging(variables) { _, own in own }.filter { $0.key != "BATON_SANDBOX" },
      scratch: sandbox.scratch
    ).wait(atMost: 60)
  }

  /// Ids of all containers that there are, stopped ones included.
  func containers() throws -> [String] {
    try engine("ps", "-aq").output.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Names of all Pods that there are.
  func pods() throws -> [String] {
    try engine("pod", "ps", "--format", "{{.Name}}").output.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Stops the daemon; Podman has none.
  func stopDaemon() throws {
    daemon?.send(SIGTERM)
    _ = try daemon?.wait(atMost: 20)
    daemon = nil
  }

  /// A tar of busybox, made once.
  static func files() throws -> String {
    try tar.get()
  }

  private static let tar = Result { () throws -> String in
    let sandbox = try Sandbox()
    let path = "/tmp/baton-busybox-\(getpid()).tar"
    let made = try sandbox.command(
      "sh", "-c",
      """
      mkdir -p root/bin root/tmp root/etc && chmod 1777 root/tmp && cp "$(command -v busybox)" root/bin/busybox \
        && for name in $(root/bin/busybox --list); do [ "$name" = busybox ] || ln -s busybox "root/bin/$name"; done \
        && tar -C root -cf "\(path).new" . && mv "\(path).new" "\(path)"
      """)
    guard made.code == 0 else { throw HarnessError(made.account) }
    atexit { unlink("/tmp/baton-busybox-\(getpid()).tar") }
    return path
  }
}

extension ContainerEngineUnderTest.Kind {
  /// A sandbox with this workflow, and the engine for it: `PLACE` stands for a container of the engine's own image, `of "PATH"`
  /// for one of another.
  func place(_ workflow: String, _ files: [String: String] = [:]) throws -> (Sandbox, ContainerEngineUnderTest) {
    let own = "of \"\(ContainerEngineUnderTest.image)\""
    var files = files
    files["w.lua"] =
      "local function of(image) return container { image = image, engine = \"\(rawValue)\", pull = \"never\" } end "
      + workflow.split(separator: "PLACE", omittingEmptySubsequences: false).joined(separator: own) + "\n"
    let sandbox = try Sandbox(files)
    return (sandbox, try ContainerEngineUnderTest(self, sandbox))
  }
}
