extension WorkList {
  /// The step only touches the file; reading it, keeping its cases and summing them up is what is measured.
  var junit: Work {
    let bytes = sized(1_000_000_000)
    func reader(_ name: String, _ input: (file: String, text: String), _ command: [String]) -> Contender {
      var contender = contender(name, input, command)
      let prepare = contender.prepare
      contender.prepare = { folder throws(BenchError) in
        try ResultInput.writeJUnit(bytes: bytes, to: "\(folder)/big.xml")
        try prepare(folder)
      }
      return contender
    }
    let workflow = "step \"tests\" { run = \"touch big.xml\", results = junit \"big.xml\", allow_failure = true }\n"
    return Work(
      key: "junit", title: "\(bytes / 1_000_000) MB of JUnit XML", unit: .seconds, target: .atMost(20),
      baton: reader("baton", ("work.lua", workflow), [baton, "run", "work.lua"]),
      peers: [reader("expat", ("count.py", ResultInput.python), ["python3", "count.py"])], figure: \.seconds)
  }

  var junitMemory: Work {
    var work = junit
    work.key = "junit-memory"
    work.title = "peak memory of the same"
    work.unit = .megabytes
    work.target = .atMost(100)
    work.figure = \.peakMegabytes
    return work
  }
}
