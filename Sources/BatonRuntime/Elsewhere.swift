import BatonModel

/// Where an attempt runs that is no process of this machine's own, with all that stands in its texts known.
public struct Elsewhere: Sendable, Hashable {
  public indirect enum Target: Sendable, Hashable {
    case container(Container)
    case ssh(Host)
    case pod(Pod)

    /// What it is made of, where that is a file or a folder.
    var source: Container.Source? {
      switch self {
      case .container(let container): container.source
      case .ssh: nil
      case .pod(let pod): pod.source
      }
    }
  }

  public struct Container: Sendable, Hashable {
    /// What an image is made of that is made here.
    public struct Source: Sendable, Hashable {
      /// Of a folder or a file, absolute.
      public var path: String
      /// Of its contents; nil: they cannot be read, and why.
      public var digest: String?
      public var problem: String?

      public init(path: String, digest: String?, problem: String? = nil) {
        self.path = path
        self.digest = digest
        self.problem = problem
      }
    }

    public var image: String
    /// Of an image that is called by what it is made of.
    public var source: Source?
    public var engine: String?
    public var user: String?
    /// nil: the engine's own.
    public var network: String?
    /// Port of this machine's loopback interface → port of the container's network.
    public var published: [String: Int] = [:]
    /// `OUTSIDE`, `OUTSIDE:INSIDE` or `OUTSIDE:INSIDE:ro`.
    public var mounts: [String]
    public var pids: Int?
    public var pull: ContainerSpec.Pull
    /// Processors and bytes that it may use; nil: all that there is.
    public var processors: Double?
    public var memory: Int64?

    public init(image: String, network: String? = "host") {
      self.image = image
      self.network = network
      mounts = []
      pull = .missing
    }
  }

  public struct Host: Sendable, Hashable {
    public var name: String
    public var user: String?
    public var port: String?
    /// Absolute.
    public var identity: String?
    public var config: String?
    public var folder: String?
    public var isShared = false
    /// Globs of what goes there before the attempt, and comes back behind it; relative to the attempt's folder.
    public var inputs: [String] = []
    public var outputs: [String] = []
    /// The same of reports, of which only those come back that the attempt has written.
    public var results: [String] = []

    public init(name: String) { self.name = name }
  }

  public struct Pod: Sendable, Hashable {
    /// The manifest; nil: it is one container of ``image``.
    public var source: Container.Source?
    /// As the workflow calls it: `pod.yaml`, or an image.
    public var given: String
    /// Of its containers, that in which the step runs; nil: the first.
    public var container: String?
    /// nil: `podman kube play`.
    public var context: String?
    /// Port of this machine's loopback interface → port of the Pod's network.
    public var published: [String: Int] = [:]
    /// How files go there and back; its name is none.
    public var host = Host(name: "")
    /// Processors and bytes that it may use, where its manifest does not say; nil: all that there is.
    public var processors: Double?
    public var memory: Int64?

    public init(given: String) { self.given = given }
  }

  /// As records and people name it: `container alpine:3`, `ssh build1`, `pod web.yaml`.
  public var text: String {
    switch target {
    case .container(let container): "container \(container.image)"
    case .ssh(let host): "ssh \(host.user.map { $0 + "@" } ?? "")\(host.name)"
    case .pod(let pod): "pod \(pod.given)"
    }
  }

  public var target: Target
  public var run: String
  /// The project's folder and what else of this machine the attempt finds under its own path, absolute.
  public var folders: [String]
  /// Where it is noted what is elsewhere, so that whoever carries the run on can end it.
  public var notes: String
  /// Between the polite signal and the kill, where the engine cannot say so any more.
  public var grace: Span
  /// The service there, or the one of a probe or command, runs what its image or its manifest says.
  public var isOwn = false

  public init(target: Target, run: String, folders: [String], notes: String, grace: Span) {
    self.target = target
    self.run = run
    self.folders = folders
    self.notes = notes
    self.grace = grace
  }
}

/// What the courier is told, as JSON on its standard input: the process of this machine that takes an attempt elsewhere.
///
/// It stands for the attempt here: what is printed there it prints, it takes the signals that the attempt is sent, and ends as the
/// attempt ended. So all that the engine knows of processes holds for it.
public struct CourierJob: Sendable, Hashable {
  /// The word by which the program is a courier.
  public static let command = "courier"
  /// In its environment, so that nobody else takes the word.
  public static let variable = "BATON_COURIER"
  /// How long clients of engines and hosts may take, once it was told to kill the attempt, to see that it is gone and to clear up.
  public static let farewell = Span(seconds: 8)
  /// How long it gets for all of that before it is killed itself, and what it stands for is left to the next who carries the run
  /// on.
  public static let grace = farewell + Span(seconds: 2)
  /// What is added to the path of `BATON_OUTPUT`: where the courier says how the attempt ended, when its exit code does not tell.
  public static let endSuffix = ".end"

  public var place: Elsewhere
  public var step: String
  public var attempt: Int
  public var arguments: [String]
  /// Nothing of this machine's environment goes with it.
  public var environment: [String: String]
  public var folder: String
  public var input: String?
  public var capture: String?
  /// It runs where the service of the step runs already.
  public var errand: String?

  init(_ launch: Launch, _ place: Elsewhere) {
    self.place = place
    step = launch.step
    attempt = launch.attempt
    arguments = launch.arguments
    environment = Dictionary(launch.environment.map { ($0.name, $0.value) }) { _, last in last }
    folder = launch.workingDirectory
    input = launch.standardInput
    capture = launch.capture
    if case .errand(let name) = launch.role { errand = name }
  }
}

extension Launch {
  /// What is started here for it: a courier, where it runs elsewhere.
  public var onThisMachine: Launch {
    guard let elsewhere else { return self }
    var courier = self
    courier.arguments = ["/proc/self/exe", CourierJob.command]
    courier.extraEnvironment = [(CourierJob.variable, "1")]
    courier.standardInput = JSON.encode(CourierJob(self, elsewhere).value)
    courier.workingDirectory = "/"
    return courier
  }
}

/// How an attempt elsewhere ended, where the exit code of its courier does not tell: JSON beside `BATON_OUTPUT`.
public enum CourierEnd: Sendable, Hashable {
  case signaled(Int32)
  case unstartable(String)

  public var text: String {
    switch self {
    case .signaled(let signal): JSON.encode(["signal": .integer(Int64(signal))])
    case .unstartable(let text): JSON.encode(["unstartable": .string(text)])
    }
  }

  public init?(_ bytes: [UInt8]) {
    guard let fields = (try? JSON.decode(bytes))?.map else { return nil }
    if let signal = fields["signal"]?.integer.flatMap({ Int32(exactly: $0) }) {
      self = .signaled(signal)
    } else if let text = fields["unstartable"]?.string {
      self = .unstartable(text)
    } else {
      return nil
    }
  }
}
