/// The rows of the table.
struct WorkList {
  static let keys = [
    "independent", "chain", "noop", "plan", "memory", "version", "single", "output", "simulate", "report",
  ]

  let baton: String
  let doit: String?
  let divisor: Int
  /// A folder for what preparations say.
  let scratch: String

  private func sized(_ count: Int) -> Int { max(1, count / divisor) }

  var works: [Work] { [independent, chain, noop, plan, memory, version, single, output, simulate, report] }

  private func contender(_ name: String, _ input: (file: String, text: String), _ command: [String]) -> Contender {
    Contender(
      name: name,
      prepare: { folder throws(BenchError) in try Files.write(input.text, to: "\(folder)/\(input.file)") },
      command: { _ throws(BenchError) in command })
  }

  private var independent: Work {
    let count = sized(10_000)
    var peers = [
      contender("ninja", ("build.ninja", Inputs.ninja(independent: count)), ["ninja", "-j2"]),
      contender("make", ("Makefile", Inputs.make(independent: count)), ["make", "-j2"]),
    ]
    if let doit {
      peers.append(contender("doit", ("dodo.py", Inputs.doit(independent: count)), [doit, "-n", "2", "-v", "0"]))
    }
    return Work(
      key: "independent", title: "\(count) independent `true`, -j2", unit: .seconds, target: .ratio(1.15),
      baton: contender("baton", ("work.lua", Inputs.lua(independent: count)), [baton, "run", "work.lua", "-j", "2"]),
      peers: peers, figure: \.seconds)
  }

  private var chain: Work {
    let count = sized(1_000)
    var peers = [
      contender("ninja", ("build.ninja", Inputs.ninja(chain: count)), ["ninja", "-j2"]),
      contender("make", ("Makefile", Inputs.make(chain: count)), ["make", "-j2"]),
    ]
    if let doit { peers.append(contender("doit", ("dodo.py", Inputs.doit(chain: count)), [doit, "-v", "0"])) }
    return Work(
      key: "chain", title: "chain of \(count) `true`", unit: .seconds, target: .ratio(1.15),
      baton: contender("baton", ("work.lua", Inputs.lua(chain: count)), [baton, "run", "work.lua", "-j", "2"]),
      peers: peers, figure: \.seconds)
  }

  /// Each prepares by doing the work once; then there is nothing left to do.
  private var noop: Work {
    let count = sized(10_000)
    func prepared(_ name: String, _ input: (file: String, text: String), first: [String], then: [String]) -> Contender {
      let errors = "\(scratch)/errors"
      return Contender(
        name: name,
        prepare: { folder throws(BenchError) in
          try Files.write(input.text, to: "\(folder)/\(input.file)")
          _ = try Measured.run(first, in: folder, errors: errors)
        },
        command: { folder throws(BenchError) in
          // A run that has succeeded is carried on only when it is named.
          let runs = name == "baton" ? Files.names(in: "\(folder)/.baton/runs") : []
          return then + runs
        })
    }
    return Work(
      key: "noop", title: "nothing left to do, \(count) steps", unit: .milliseconds, target: .atMost(100),
      baton: prepared(
        "baton", ("work.lua", Inputs.lua(independent: count)), first: [baton, "run", "work.lua", "-j", "2"],
        then: [baton, "resume"]),
      peers: [
        prepared(
          "ninja", ("build.ninja", Inputs.ninja(files: count)), first: ["ninja", "-j2"], then: ["ninja", "-j2"]),
        prepared("make", ("Makefile", Inputs.make(files: count)), first: ["make", "-j2"], then: ["make", "-j2"]),
      ], figure: { $0.seconds * 1000 })
  }

  private var plan: Work {
    let count = sized(100_000)
    return Work(
      key: "plan", title: "plan of \(count) steps", unit: .seconds, target: .atMost(1),
      baton: contender("baton", ("work.lua", Inputs.lua(independent: count)), [baton, "plan", "work.lua"]),
      peers: [
        contender("ninja", ("build.ninja", Inputs.ninja(independent: count)), ["ninja", "-n"]),
        contender("make", ("Makefile", Inputs.make(independent: count)), ["make", "-n"]),
      ], figure: \.seconds)
  }

  private var memory: Work {
    var work = independent
    work.key = "memory"
    work.title = "peak memory, \(sized(10_000)) steps"
    work.unit = .megabytes
    work.target = .atMost(60)
    work.figure = \.peakMegabytes
    return work
  }

  private var version: Work {
    func asked(_ name: String, _ program: String) -> Contender {
      Contender(
        name: name, prepare: { _ throws(BenchError) in },
        command: { _ throws(BenchError) in [program, "--version"] })
    }
    return Work(
      key: "version", title: "--version", unit: .milliseconds, target: .atMost(8), isShort: true,
      baton: asked("baton", baton), peers: [asked("ninja", "ninja"), asked("make", "make")],
      figure: { $0.seconds * 1000 })
  }

  private var single: Work {
    Work(
      key: "single", title: "run of one `true`", unit: .milliseconds, target: .atMost(15), isShort: true,
      baton: contender("baton", ("work.lua", Inputs.lua(independent: 1)), [baton, "run", "work.lua"]),
      peers: [
        contender("ninja", ("build.ninja", Inputs.ninja(independent: 1)), ["ninja"]),
        contender("make", ("Makefile", Inputs.make(independent: 1)), ["make"]),
      ], figure: { $0.seconds * 1000 })
  }

  /// From the start of the program to its end: reading the spec and the workflow, the run, the assertions.
  private var simulate: Work {
    let count = sized(100_000)
    return Work(
      key: "simulate", title: "\(count) mocked steps, simulated", unit: .stepsPerSecond, target: .atLeast(100_000),
      baton: contender("baton", ("work_test.lua", Inputs.spec(steps: count)), [baton, "test", "--quiet"]),
      peers: [], figure: { Double(count) / $0.seconds })
  }

  /// The page of a run whose steps told of so many cases, one in a hundred of which failed.
  private var report: Work {
    let count = sized(10_000)
    let errors = "\(scratch)/errors"
    return Work(
      key: "report", title: "report of \(count) cases", unit: .seconds, target: .atMost(1),
      baton: Contender(
        name: "baton",
        prepare: { [baton] folder throws(BenchError) in
          try Files.write(Inputs.junit(cases: count), to: "\(folder)/cases.in")
          let step = "step \"tests\" { run = \"cp cases.in cases.xml\", results = junit \"cases.xml\" }\n"
          try Files.write(step, to: "\(folder)/work.lua")
          _ = try Measured.run([baton, "run", "work.lua"], in: folder, errors: errors)
        },
        command: { [baton] _ throws(BenchError) in [baton, "report", "-o", "report.html"] }),
      peers: [], figure: \.seconds)
  }

  private var output: Work {
    let bytes = sized(1_000_000_000)
    let source = "head -c \(bytes) /dev/zero"
    return Work(
      key: "output", title: "\(bytes / 1_000_000) MB through one step", unit: .megabytesPerSecond,
      target: .atLeast(300),
      baton: contender("baton", ("work.lua", "step \"out\" { run = \"\(source)\" }\n"), [baton, "run", "work.lua"]),
      peers: [contender("cat", ("unused", ""), ["/bin/sh", "-c", "\(source) | cat > log"])],
      figure: { Double(bytes) / 1e6 / $0.seconds })
  }
}
