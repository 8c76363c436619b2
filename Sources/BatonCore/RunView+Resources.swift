import BatonModel

extension RunView {
  /// What of the pool the steps hold that run, by name; memory in bytes.
  public var resourcesInUse: [String: Double] {
    let running = counts[.running, default: 0]
    guard running > 0 else { return [:] }
    var used: [String: Double] = [:]
    if running > held.count { used["cpu"] = Double(running - held.count) }
    for (name, amount) in held.values.joined() { used[name, default: 0] += amount }
    return used
  }

  /// How much of a resource there is for the run; nil: it is not known.
  public func capacity(of resource: String) -> Double? { pool[resource] }
}
