/// Does all the work, round by round.
struct Bench {
  private let options: BenchOptions
  private let folder: String
  private let works: [Work]

  init(_ options: BenchOptions) throws(BenchError) {
    self.options = options
    try Files.make(folder: options.folder)
    folder = try Files.absolute(options.folder)
    guard Files.isProgram(options.baton) else {
      throw BenchError("no binary at \(options.baton): build it with swift build -c release --product baton")
    }
    for program in ["ninja", "make"] where !Files.isProgram(program) {
      throw BenchError("\(program) is missing: scripts/setup installs it")
    }
    let list = WorkList(
      baton: try Files.absolute(options.baton), doit: options.doit, dbos: options.dbos, divisor: options.divisor,
      scratch: folder)
    works = list.works.filter { options.only.isEmpty || options.only.contains($0.key) }
  }

  func run() throws(BenchError) -> [Result] {
    var results: [Result] = []
    for work in works {
      var standardError = StandardError()
      print("bench: \(work.title)", to: &standardError)
      results.append(try measure(work))
    }
    return results
  }

  /// Every round, all contenders one after the other; in every second round in the opposite order, so that what a machine
  /// does over time weighs on all alike.
  private func measure(_ work: Work) throws(BenchError) -> Result {
    let contenders = [work.baton] + work.peers
    var figures = contenders.map { (name: $0.name, values: [Double]()) }
    let rounds = work.isShort ? options.rounds * 10 : options.rounds
    for round in 0..<rounds {
      let order = Array(contenders.indices)
      for position in round % 2 == 0 ? order : order.reversed() {
        let contender = contenders[position]
        let place = "\(folder)/\(work.key)-\(contender.name)"
        Files.remove(folder: place)
        try Files.make(folder: place)
        try contender.prepare(place)
        let sample = try Measured.run(
          try contender.command(place), in: place, errors: "\(folder)/errors", status: contender.status)
        figures[position].values.append(work.figure(sample))
        Files.remove(folder: place)
      }
    }
    return Result(work: work, figures: figures)
  }
}
