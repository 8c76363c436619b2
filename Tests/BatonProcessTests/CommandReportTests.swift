import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import Glibc
import Testing

@Suite struct `Local executor: what commands report` {
  @Test func `values are read from BATON_OUTPUT`() throws {
    let run = try ProcessRun()
    let report = try run.run(
      run.shell(
        #"echo version=1.2=3 >> $BATON_OUTPUT; echo >> $BATON_OUTPUT; echo '{"n":4,"image":{"digest":"x"}}' >> $BATON_OUTPUT"#
      ))
    #expect(report.outcome == .succeeded)
    #expect(report.values == ["version": "1.2=3", "n": 4, "image": ["digest": "x"]])
  }

  @Test func `a bad line of BATON_OUTPUT fails a command that succeeded, and names the line`() throws {
    let run = try ProcessRun()
    let report = try run.run(run.shell("printf 'a=1\\n\\nnonsense\\n' >> $BATON_OUTPUT"))
    #expect(
      report.outcome
        == .failed("BATON_OUTPUT line 3: expected name=value or a JSON object, found \"nonsense\""))
    #expect(try run.run(run.shell("echo nonsense >> $BATON_OUTPUT; exit 4")).outcome == .exited(4))
  }

  @Test func `a BATON_OUTPUT that is too large or no file is refused`() throws {
    let run = try ProcessRun()
    #expect(
      try run.run(run.shell("head -c 17000000 /dev/zero >> $BATON_OUTPUT")).outcome
        == .failed("BATON_OUTPUT has more than 16 MB; put large data into files"))
    #expect(
      try run.run(run.shell("mkfifo $BATON_OUTPUT")).outcome == .failed("BATON_OUTPUT is no longer a regular file"))
    #expect(
      try run.run(run.shell("ln -s /etc/passwd $BATON_OUTPUT")).outcome
        == .failed("BATON_OUTPUT is no longer a regular file"))
    #expect(names(in: run.folder.temporary).isEmpty)
  }

  @Test func `progress, metrics and checkpoints are told while the command runs`() throws {
    let run = try ProcessRun()
    mkfifo(run.path + "/gate", 0o600)
    let launch = run.shell(
      #"""
      echo '{"progress":0.4,"text":"shard 4"}' >> $BATON_EVENTS
      echo '{"metric":"p95_ms","value":12.5}' >> $BATON_EVENTS
      echo '{"checkpoint":"epoch-3"}' >> $BATON_EVENTS
      read line < gate
      printf '{"progress":1}' >> $BATON_EVENTS
      """#)
    run.executor.start(launch)
    run.wait { if case .commandReport(_, .checkpoint("epoch-3")) = $0 { true } else { nil } }
    // The command waits for this: it was told before the end.
    let gate = open(run.path + "/gate", O_WRONLY)
    #expect(write(gate, "\n", 1) == 1)
    close(gate)
    #expect(try run.waitForEnd(launch.ticket).outcome == .succeeded)
    let reports = run.inputs.compactMap { input -> CommandReport? in
      if case .commandReport(launch.ticket, let report) = input { report } else { nil }
    }
    #expect(
      reports == [
        .progress(fraction: 0.4, text: "shard 4"), .metric(name: "p95_ms", value: 12.5), .checkpoint("epoch-3"),
        .progress(fraction: 1, text: nil),
      ])
    guard case .attemptEnded = run.inputs.last else {
      Issue.record("something came after the end")
      return
    }
  }

  @Test func `secrets reach neither log, tail, values nor reports`() throws {
    let run = try ProcessRun()
    run.executor.mask(["hunter2!"])
    run.executor.mask(["line one\nline two"])
    run.executor.echo(true)
    var launch = run.shell(
      #"""
      printf 'a hunt'; sleep 0.05; printf 'er2! b\n'; echo line two; printf '%s' hunter
      echo "password=hunter2!" >> $BATON_OUTPUT
      echo '{"checkpoint":"at hunter2!"}' >> $BATON_EVENTS
      """#)
    launch.extraEnvironment = [("IFS", " ")]
    let report = try run.run(launch)
    let expected = "a *** b\n***\nhunter"
    #expect(run.log(launch) == expected)
    #expect(report.tail == expected)
    #expect(report.values == ["password": "***"])
    var echoed: [UInt8] = []
    for input in run.inputs {
      if case .output(_, let bytes) = input { echoed += bytes }
      if case .commandReport(_, let told) = input { #expect(told == .checkpoint("at ***")) }
    }
    #expect(String(decoding: echoed, as: UTF8.self) == expected)
    let missing = try run.run(run.launch(["hunter2!"]))
    #expect(missing.outcome == .unstartable("cannot run \"***\": no such program in PATH"))
  }
}
