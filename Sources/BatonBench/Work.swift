/// One row of the table: a piece of work that Baton and its peers do in turn.
struct Work {
  /// What must hold of Baton's figure.
  enum Target {
    /// At most this many times the first peer's.
    case ratio(Double)
    case atMost(Double)
    case atLeast(Double)
    /// At least so many times what each of these peers does; one that is not there is left out.
    case timesPeers([(peer: String, least: Double)])
  }

  enum Unit: String {
    case seconds = "s"
    case milliseconds = "ms"
    case megabytes = "MB"
    case megabytesPerSecond = "MB/s"
    case stepsPerSecond = "steps/s"
    case operationsPerSecond = "ops/s"
  }

  var key: String
  var title: String
  var unit: Unit
  var target: Target
  /// Short ones are repeated ten times as often.
  var isShort = false
  var baton: Contender
  /// The first one is who Baton is compared with.
  var peers: [Contender]
  var figure: (Sample) -> Double
}

/// Someone who does the work.
struct Contender {
  var name: String
  /// What it ends with when all went well.
  var status: Int32 = 0
  /// Writes what is needed into a fresh folder, and does there what comes before the part that is measured.
  var prepare: (_ folder: String) throws(BenchError) -> Void
  /// What is measured, in that folder.
  var command: (_ folder: String) throws(BenchError) -> [String]
}

struct Result {
  enum Verdict: String { case met, missed }

  var work: Work
  /// Name → figures of all rounds, Baton's first.
  var figures: [(name: String, values: [Double])]

  var baton: Double { figures[0].values.median }
  var peer: Double? { figures.count > 1 ? figures[1].values.median : nil }
  var ratio: Double? { peer.map { baton / $0 } }

  var verdict: Verdict {
    switch work.target {
    case .ratio(let most): (ratio ?? .infinity) <= most ? .met : .missed
    case .atMost(let most): baton <= most ? .met : .missed
    case .atLeast(let least): baton >= least ? .met : .missed
    case .timesPeers(let peers):
      peers.allSatisfy { peer in
        figures.dropFirst().first { $0.name == peer.peer }.map { baton >= peer.least * $0.values.median } ?? true
      } ? .met : .missed
    }
  }
}
