import BatonCore
import BatonModel

extension PlanText {
  /// What a service runs, and when it counts as ready.
  static func text(of service: ServiceSpec) -> String {
    var text = service.command == .program([]) ? "what its image says" : CommandText.text(service.command)
    if let ready = service.traits.ready { text += ", ready by \(ready.name)" }
    if let health = service.traits.health { text += ", watched by \(health.name)" }
    return text
  }
}

/// A service in `baton plan --json`: `{"ports","ready","health","restarts","alternatives","outputs"}`.
enum ServiceJSON {
  static func value(of service: ServiceSpec) -> Value {
    let outputs = ServiceSpec.givenOutputs.union(service.outputs.keys).sorted()
    return [
      "ports": .list(service.ports.map { .string($0) }),
      "ready": service.traits.ready.map { value(of: $0, interval: nil) } ?? .null,
      "health": service.traits.health.map { value(of: $0, interval: ProbeSpec.health) } ?? .null,
      "restarts": .integer(Int64(service.traits.restart.attempts - 1)),
      "alternatives": .integer(Int64(service.alternatives.count)),
      "outputs": .list(outputs.map { .string($0) }),
    ]
  }

  private static func value(of probe: ProbeSpec, interval: Span?) -> Value {
    [
      "probe": .string(probe.name),
      "interval_ms": (probe.interval ?? interval).map { .integer($0.milliseconds) } ?? .null,
      "timeout_ms": .integer(probe.timeout.milliseconds), "retries": .integer(Int64(probe.retries)),
      "start_period_ms": .integer(probe.startPeriod.milliseconds),
    ]
  }
}
