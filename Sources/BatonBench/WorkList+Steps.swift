/// Work of steps that run commands.
extension WorkList {
  var independent: Work {
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

  var chain: Work {
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
  var noop: Work {
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

  var plan: Work {
    let count = sized(100_000)
    return Work(
      key: "plan", title: "plan of \(count) steps", unit: .seconds, target: .atMost(1),
      baton: contender("baton", ("work.lua", Inputs.lua(independent: count)), [baton, "plan", "work.lua"]),
      peers: [
        contender("ninja", ("build.ninja", Inputs.ninja(independent: count)), ["ninja", "-n"]),
        contender("make", ("Makefile", Inputs.make(independent: count)), ["make", "-n"]),
      ], figure: \.seconds)
  }

  var memory: Work {
    var work = independent
    work.key = "memory"
    work.title = "peak memory, \(sized(10_000)) steps"
    work.unit = .megabytes
    work.target = .atMost(60)
    work.figure = \.peakMegabytes
    return work
  }

  var version: Work {
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

  var single: Work {
    Work(
      key: "single", title: "run of one `true`", unit: .milliseconds, target: .atMost(15), isShort: true,
      baton: contender("baton", ("work.lua", Inputs.lua(independent: 1)), [baton, "run", "work.lua"]),
      peers: [
        contender("ninja", ("build.ninja", Inputs.ninja(independent: 1)), ["ninja"]),
        contender("make", ("Makefile", Inputs.make(independent: 1)), ["make"]),
      ], figure: { $0.seconds * 1000 })
  }

  var output: Work {
    let bytes = sized(1_000_000_000)
    let source = "head -c \(bytes) /dev/zero"
    return Work(
      key: "output", title: "\(bytes / 1_000_000) MB through one step", unit: .megabytesPerSecond,
      target: .atLeast(300),
      baton: contender("baton", ("work.lua", "step \"out\" { run = \"\(source)\" }\n"), [baton, "run", "work.lua"]),
      peers: [contender("cat", ("unused", ""), ["/bin/sh", "-c", "\(source) | cat > log"])],
      figure: { Double(bytes) / 1e6 / $0.seconds })
  }

  /// The page of a run whose steps told of so many cases, one in a hundred of which failed.
  var report: Work {
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
}
