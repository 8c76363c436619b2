/// Work of durable bodies, and of workflows that are simulated.
extension WorkList {
  /// One operation after the other, each on the disk before its result is used. What the disk can do at best is a peer, and so
  /// is one row after the other in SQLite.
  var durable: Work {
    let count = sized(10_000)
    var peers = [
      limit("disk", .disk, count: count),
      limit("sqlite", .rows, count: count),
    ]
    if let dbos {
      // A few thousand of them tell the rate as well as more would.
      peers.append(
        contender("dbos", ("work.py", Inputs.dbos(steps: sized(2_000))), [dbos, "work.py"]))
    }
    return Work(
      key: "durable", title: "\(count) durable operations in one body", unit: .operationsPerSecond,
      target: .timesPeers([("disk", 0.6), ("dbos", 5)]),
      baton: contender("baton", ("work.lua", Inputs.lua(bodies: 1, operations: count)), [baton, "run", "work.lua"]),
      peers: peers, figure: { $0.rate ?? Double(count) / $0.seconds })
  }

  var bodies: Work {
    let (bodies, operations) = (1_000, sized(100))
    return Work(
      key: "bodies", title: "\(bodies) bodies side by side, \(operations) operations each", unit: .operationsPerSecond,
      target: .atLeast(30_000),
      baton: contender(
        "baton", ("work.lua", Inputs.lua(bodies: bodies, operations: operations)), [baton, "run", "work.lua"]),
      peers: [], figure: { Double(bodies * operations) / $0.seconds })
  }

  /// A run whose body has done all this waits for a signal; then it has come. From the start of the program to the run's end.
  var replay: Work {
    let count = sized(100_000)
    let (baton, errors) = (baton, "\(scratch)/errors")
    let text = Inputs.lua(bodies: 1, operations: count, last: "ctx:signal \"go\"")
    return Work(
      key: "replay", title: "replay of \(count) recorded operations", unit: .milliseconds, target: .atMost(500),
      baton: Contender(
        name: "baton",
        prepare: { folder throws(BenchError) in
          try Files.write(text, to: "\(folder)/work.lua")
          _ = try Measured.run(
            [baton, "run", "work.lua", "--no-wait"], in: folder, errors: errors, status: Self.waiting)
          let runs = Files.names(in: "\(folder)/.baton/runs")
          _ = try Measured.run([baton, "signal"] + runs + ["go"], in: folder, errors: errors)
        },
        command: { folder throws(BenchError) in [baton, "resume"] + Files.names(in: "\(folder)/.baton/runs") }),
      peers: [], figure: { $0.seconds * 1000 })
  }

  /// All of them wait, each for a signal or the end of its patience; then the driver leaves.
  var suspended: Work {
    let count = sized(100_000)
    let wait = "ctx:signal(\"go\", { timeout = \"30d\" })"
    return Work(
      key: "suspended", title: "peak memory, \(count) suspended bodies", unit: .megabytes, target: .atMost(300),
      baton: contender(
        "baton", ("work.lua", Inputs.lua(bodies: count, operations: 0, last: wait)),
        [baton, "run", "work.lua", "--no-wait"], status: Self.waiting),
      peers: [], figure: \.peakMegabytes)
  }

  /// From the start of the program to its end: reading the spec and the workflow, the run, the assertions.
  var simulate: Work {
    let count = sized(100_000)
    return Work(
      key: "simulate", title: "\(count) mocked steps, simulated", unit: .stepsPerSecond, target: .atLeast(100_000),
      baton: contender("baton", ("work_test.lua", Inputs.spec(steps: count)), [baton, "test", "--quiet"]),
      peers: [], figure: { Double(count) / $0.seconds })
  }

  /// The exit status of a driver that leaves a run that only waits.
  private static let waiting: Int32 = 5

  private func limit(_ name: String, _ loop: LimitLoop, count: Int) -> Contender {
    contender(name, ("unused", ""), ["/proc/self/exe", LimitLoop.option, loop.rawValue, String(count)])
  }
}
