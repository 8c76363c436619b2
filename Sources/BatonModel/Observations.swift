/// What a script saw of the world while it was read. A resumed run is shown the same again.
public struct Observations: Sendable, Hashable {
  /// The time, as `os.time` and `os.date` tell it.
  public var time: Instant
  /// The seed of `math.random` and of the jitter of retries.
  public var seed: UInt64
  /// Environment variables that were asked for; `null` where there was none.
  public var env: [String: Value] = [:]
  /// Modules that were loaded: name → digest of the source.
  public var modules: [String: String] = [:]
  /// Installed modules of which something was loaded, by name.
  public var rocks: [String: RockUse] = [:]
  /// Files that installed modules read: absolute path → text; `null` where there was none.
  public var files: [String: Value] = [:]

  /// What the project's configuration said; nil: nothing, or it is yet to be asked.
  public var settings: RunSettings?

  public init(time: Instant, seed: UInt64) {
    self.time = time
    self.seed = seed
  }

  public var value: Value {
    var fields: [String: Value] = [
      "time": .integer(time.nanoseconds), "seed": .string(String(seed)), "env": .map(env),
      "modules": .map(modules.mapValues { .string($0) }),
    ]
    if !rocks.isEmpty { fields["rocks"] = .map(rocks.mapValues(\.value)) }
    if !files.isEmpty { fields["files"] = .map(files) }
    if let settings { fields["settings"] = settings.value }
    return .map(fields)
  }

  public init?(_ value: Value) {
    guard let time = value["time"]?.integer, let seed = value["seed"]?.string.flatMap(UInt64.init) else { return nil }
    self.init(time: Instant(nanoseconds: time), seed: seed)
    env = value["env"]?.map ?? [:]
    modules = (value["modules"]?.map ?? [:]).compactMapValues(\.string)
    for (name, use) in value["rocks"]?.map ?? [:] { rocks[name] = RockUse(name: name, use) }
    files = value["files"]?.map ?? [:]
    settings = value["settings"].flatMap(RunSettings.init)
  }
}

/// An installed module that a run used.
public struct RockUse: Sendable, Hashable {
  public var name: String
  /// With the revision of its rockspec: `1.2-1`.
  public var version: String
  /// SHA-256 of what was installed, as in `baton.lock`.
  public var sum: String

  public init(name: String, version: String, sum: String) {
    self.name = name
    self.version = version
    self.sum = sum
  }

  init?(name: String, _ value: Value) {
    guard let version = value["version"]?.string, let sum = value["sha256"]?.string else { return nil }
    self.init(name: name, version: version, sum: sum)
  }

  var value: Value { ["version": .string(version), "sha256": .string(sum)] }
}
