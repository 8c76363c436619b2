import BatonModel

/// What steps may use at the same time: slots, memory, browsers. Never over-committed.
struct ResourcePool: Sendable {
  /// A step's needs, by the resource's position.
  typealias Demand = [(resource: Int, amount: Double)]

  private(set) var names: [String] = []
  private(set) var capacity: [Double] = []
  private(set) var free: [Double] = []
  /// Set aside in one scheduling round for a step that waits for more than is free, so that narrower ones behind it do not
  /// take what it waits for.
  private var reserved: [Double] = []

  init(_ pool: [String: Double]) {
    for name in pool.keys.sorted() {
      names.append(name)
      capacity.append(pool[name] ?? 0)
    }
    free = capacity
    reserved = capacity.map { _ in 0 }
  }

  /// A step that asks for more processors than there are gets all of them.
  func demand(of resources: [String: Double]) -> Demand {
    resources.keys.sorted().compactMap { name in
      guard let position = names.firstIndex(of: name), let amount = resources[name], amount > 0 else { return nil }
      return (position, name == "cpu" ? min(amount, capacity[position]) : amount)
    }
  }

  /// Resource → (asked, there is) where a step asks for what will never be there.
  func impossible(in resources: [String: Double]) -> [(name: String, asked: Double, capacity: Double)] {
    var found: [(name: String, asked: Double, capacity: Double)] = []
    for (name, asked) in resources where name != "cpu" {
      let limit = names.firstIndex(of: name).map { capacity[$0] } ?? 0
      if asked > limit { found.append((name, asked, limit)) }
    }
    return found.count > 1 ? found.sorted { $0.name < $1.name } : found
  }

  mutating func beginRound() { for position in reserved.indices { reserved[position] = 0 } }

  /// Whether every resource is taken or set aside, so that looking further is of no use for a step that needs any.
  func isExhausted(_ resource: Int) -> Bool { free[resource] - reserved[resource] <= 0 }

  func fits(_ demand: Demand) -> Bool {
    demand.allSatisfy { free[$0.resource] - reserved[$0.resource] >= $0.amount - 1e-9 }
  }

  mutating func reserve(_ demand: Demand) { for part in demand { reserved[part.resource] += part.amount } }
  mutating func take(_ demand: Demand) { for part in demand { free[part.resource] -= part.amount } }
  mutating func giveBack(_ demand: Demand) { for part in demand { free[part.resource] += part.amount } }
}
