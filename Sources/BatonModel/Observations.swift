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

  public init(time: Instant, seed: UInt64) {
    self.time = time
    self.seed = seed
  }

  public var value: Value {
    [
      "time": .integer(time.nanoseconds), "seed": .string(String(seed)), "env": .map(env),
      "modules": .map(modules.mapValues { .string($0) }),
    ]
  }

  public init?(_ value: Value) {
    guard let time = value["time"]?.integer, let seed = value["seed"]?.string.flatMap(UInt64.init) else { return nil }
    self.init(time: Instant(nanoseconds: time), seed: seed)
    env = value["env"]?.map ?? [:]
    modules = (value["modules"]?.map ?? [:]).compactMapValues(\.string)
  }
}
