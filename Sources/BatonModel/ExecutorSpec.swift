/// Where a step, or the process of a service, runs. Nearly all run here: what the others need does not make each step larger.
public indirect enum ExecutorSpec: Sendable, Hashable {
  /// As a process of this machine.
  case local
  /// `container { image = "…" }`.
  case container(ContainerSpec)
  /// `ssh { host = "…" }`.
  case ssh(SSHSpec)
  /// `pod { manifest = "…" }`.
  case pod(PodSpec)

  /// Whether what listens there is reached from here through a program that forwards its ports.
  public var forwardsPorts: Bool {
    switch self {
    case .local, .container: false
    case .ssh: true
    case .pod(let spec): spec.context != nil
    }
  }
}

/// A container that an attempt runs in: made for it, and removed behind it.
public struct ContainerSpec: Sendable, Hashable {
  /// What gives it its files.
  public enum Pull: String, Sendable, CaseIterable { case missing, always, never }

  /// The image's name; or what it is made of (``isPath(_:)``), relative to the folder of the workflow's file.
  public var image: Template
  /// The program that runs it: `podman` or `docker`; nil: the one that there is.
  public var engine: String?
  /// Whose name it runs under, `NAME`, `UID` or `UID:GID`; nil: that of who runs Baton, so that its files are theirs.
  public var user: Template?
  /// `host` (services are where they are at home), `none`, or a network of the engine; nil: the engine's own.
  public var network: Template? = .plain("host")
  /// Of a service: the port of the container's network at which it listens, by the name of the port of this machine that leads there.
  public var publish: [String: Int] = [:]
  /// Further files, `OUTSIDE`, `OUTSIDE:INSIDE` or `OUTSIDE:INSIDE:ro`, absolute.
  public var mounts: [Template] = []
  /// How many processes at most; nil: as the engine has it.
  public var pids: Int?
  /// When the image is fetched from its registry.
  public var pull = Pull.missing

  public init(image: Template) { self.image = image }

  /// Whether an image is called by what it is made of: a folder with a `Containerfile` or `Dockerfile`, such a file, or an archive.
  /// No image's name begins like that.
  public static func isPath(_ image: String) -> Bool {
    image == "." || image == ".." || ["/", "./", "../"].contains { image.hasPrefix($0) }
  }

  /// Every text that it is made of, by its field.
  public var templates: [(name: String, text: Template)] {
    var found = [(name: "image", text: image)]
    if let network { found.append(("network", network)) }
    for (name, port) in publish.sorted(by: { $0.key < $1.key }) {
      found.append(("publish.\(name)", .plain(String(port))))
    }
    if let user { found.append(("user", user)) }
    for (position, mount) in mounts.enumerated() { found.append(("mounts[\(position + 1)]", mount)) }
    return found
  }
}

/// Another host, which OpenSSH's own client reaches.
public struct SSHSpec: Sendable, Hashable {
  /// As `ssh` takes it: a name of its configuration, of DNS, or an address.
  public var host: Template
  public var user: Template?
  public var port: Template?
  /// The file of a private key; relative to the folder of the workflow's file.
  public var identity: Template?
  /// A configuration for `ssh` in place of the user's; relative to the folder of the workflow's file.
  public var config: Template?
  /// Where it runs there; nil: in a folder that is made for the attempt, and removed behind it.
  public var folder: Template?
  /// The host has the same files at the same paths: none are sent.
  public var isShared = false

  public init(host: Template) { self.host = host }

  /// Every text that it is made of, by its field.
  public var templates: [(name: String, text: Template)] {
    [("host", host), ("user", user), ("port", port), ("identity", identity), ("config", config), ("folder", folder)]
      .compactMap { name, text in text.map { (name, $0) } }
      + (isShared ? [("shared", .plain("true"))] : [])
  }
}

extension ExecutorSpec {
  /// Every text that it is made of, by its field.
  public var templates: [(name: String, text: Template)] {
    switch self {
    case .local: []
    case .container(let container): container.templates
    case .ssh(let host): host.templates
    case .pod(let pod): pod.templates
    }
  }

  /// The text that may be the path of something whose contents are a part of it, by its field.
  public var source: (name: String, text: Template)? {
    switch self {
    case .local, .ssh: nil
    case .container(let container): ("image", container.image)
    case .pod(let pod): pod.manifest.map { ("manifest", $0) }
    }
  }

  /// Whether what ``source`` says is one.
  public func isSource(_ text: String) -> Bool {
    if case .container = self { ContainerSpec.isPath(text) } else { true }
  }
}
