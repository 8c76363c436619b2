import BatonCore
import BatonModel
import BatonRuntime

/// Ports and folders that nobody listens on or writes to: the same in every run.
final class SimulatedPlaces: ServicePlaces {
  private var known: [String: Int] = [:]

  func ports(_ names: [String], of service: String, before: [String: Int]) throws(BatonError) -> [String: Int] {
    var found: [String: Int] = [:]
    for name in names {
      let key = "\(service) \(name)"
      let port = before[name] ?? known[key] ?? 20_001 + known.count
      known[key] = port
      found[name] = port
    }
    return found
  }

  func folder(of service: String) throws(BatonError) -> String { "\(Simulation.folder.services)/\(service)" }
  func clear(ports: [Int]) {}
}
