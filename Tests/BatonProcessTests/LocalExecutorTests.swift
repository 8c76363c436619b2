import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import Glibc
import Testing

@Suite struct `Local executor: one process` {
  @Test func `an exit code and a signal are told as they are`() throws {
    let run = try ProcessRun()
    #expect(try run.run(run.launch(["true"])).outcome == .succeeded)
    #expect(try run.run(run.shell("exit 3")).outcome == .exited(3))
    #expect(try run.run(run.shell("kill -SEGV $$")).outcome == .signaled(SIGSEGV))
  }

  @Test func `it is told that an attempt started before it is told that it ended`() throws {
    let run = try ProcessRun()
    _ = try run.run(run.launch(["true"]))
    guard run.inputs.count == 2, case .attemptStarted(1, let pid) = run.inputs[0],
      case .attemptEnded(1, _) = run.inputs[1]
    else {
      Issue.record("\(run.inputs)")
      return
    }
    #expect(pid > 1)
  }

  @Test func `a start is told while the process runs and says nothing`() throws {
    let run = try ProcessRun()
    run.executor.start(run.launch(["sleep", "1000"]))
    let pid = try #require(run.waitForStart(1))
    #expect(isAlive(pid))
    run.executor.stop(1, grace: .zero)
    _ = try run.waitForEnd(1)
  }

  @Test func `both streams go to the log in the order in which they were written`() throws {
    let run = try ProcessRun()
    let launch = run.shell("echo one; echo two >&2; echo three")
    let report = try run.run(launch)
    #expect(run.log(launch) == "one\ntwo\nthree\n")
    #expect(report.tail == "one\ntwo\nthree\n")
    #expect(report.outputBytes == 14)
  }

  @Test func `a silent process leaves no file`() throws {
    let run = try ProcessRun()
    _ = try run.run(run.launch(["true"]))
    #expect(names(in: run.folder.logs).isEmpty)
    #expect(names(in: run.folder.temporary).isEmpty)
  }

  @Test func `a log is appended to`() throws {
    let run = try ProcessRun()
    let first = run.shell("echo first")
    var second = run.shell("echo second")
    second.attempt = first.attempt
    _ = try run.run(first)
    _ = try run.run(second)
    #expect(run.log(second) == "first\nsecond\n")
  }

  @Test func `the tail is the last four kilobytes, cut at a character`() throws {
    let run = try ProcessRun()
    let report = try run.run(run.shell("i=0; while [ $i -lt 3000 ]; do printf 'äö'; i=$((i+1)); done; printf end"))
    #expect(report.outputBytes == 12003)
    #expect(report.tail.hasSuffix("äöend"))
    #expect(report.tail.utf8.count <= 4096)
    #expect(report.tail.utf8.count > 4090)
    #expect(!report.tail.unicodeScalars.contains("\u{FFFD}"))
  }

  @Test func `any bytes of any number reach the log unchanged`() throws {
    let run = try ProcessRun()
    let launch = run.shell("head -c 20000000 /dev/urandom | tee copy")
    let report = try run.run(launch)
    #expect(report.outputBytes == 20_000_000)
    let compared = run.launch(["cmp", "copy", launch.log])
    #expect(try run.run(compared).outcome == .succeeded)
  }

  @Test func `output is sent on as it comes where it is asked for`() throws {
    let run = try ProcessRun()
    run.executor.echo(true)
    let launch = run.shell("echo visible")
    _ = try run.run(launch)
    let sent = run.inputs.flatMap { input -> [UInt8] in
      if case .output(launch.ticket, let bytes) = input { bytes } else { [] }
    }
    #expect(String(decoding: sent, as: UTF8.self) == "visible\n")
  }

  @Test func `standard input is closed, or the whole text of any size`() throws {
    let run = try ProcessRun()
    let silent = run.launch(["wc", "-c"])
    _ = try run.run(silent)
    #expect(run.log(silent) == "0\n")
    var fed = run.launch(["wc", "-c"])
    fed.standardInput = String(repeating: "0123456789", count: 300_000)
    _ = try run.run(fed)
    #expect(run.log(fed) == "3000000\n")
  }

  @Test func `it runs in its folder, with its variables, the last of a name`() throws {
    let run = try ProcessRun()
    var launch = run.shell(
      "pwd; echo \"$A $HOME $BATON_WORKFLOW $BATON_STEP $BATON_ATTEMPT_NUMBER\"; echo \"$BATON_ATTEMPT\"")
    launch.workingDirectory = "/usr"
    launch.extraEnvironment = [("A", "1"), ("HOME", "/nowhere"), ("A", "2")]
    _ = try run.run(launch)
    #expect(run.log(launch)?.hasPrefix("/usr\n2 /nowhere work step 1\n") == true)
    #expect(run.log(launch)?.hasSuffix("\(run.path)/step#1\n") == true)
  }

  @Test func `a program is looked for in the PATH that the step sets`() throws {
    let run = try ProcessRun()
    run.write("bin/hello-there", "#!/bin/sh\necho found\n", mode: 0o755)
    #expect(
      try run.run(run.launch(["hello-there"])).outcome
        == .unstartable("cannot run \"hello-there\": no such program in PATH"))
    var launch = run.launch(["hello-there"])
    launch.extraEnvironment = [("PATH", "\(run.path)/bin:/usr/bin:/bin")]
    _ = try run.run(launch)
    #expect(run.log(launch) == "found\n")
    var relative = run.launch(["hello-there"])
    relative.extraEnvironment = [("PATH", "bin")]
    #expect(try run.run(relative).outcome == .succeeded)
  }

  @Test func `a program that has moved since it was last run is looked for again`() throws {
    let run = try ProcessRun()
    run.write("a/tool", "#!/bin/sh\necho a\n", mode: 0o755)
    func launch() -> Launch {
      var launch = run.launch(["tool"])
      launch.extraEnvironment = [("PATH", "\(run.path)/a:\(run.path)/b:/usr/bin:/bin")]
      return launch
    }
    #expect(try run.run(launch()).tail == "a\n")
    run.write("b/tool", "#!/bin/sh\necho b\n", mode: 0o755)
    unlink(run.path + "/a/tool")
    #expect(try run.run(launch()).tail == "b\n")
  }

  @Test func `every signal is at its default and none is blocked`() throws {
    let run = try ProcessRun()
    let launch = run.shell("grep -E '^Sig(Blk|Ign)' /proc/self/status")
    _ = try run.run(launch)
    #expect(run.log(launch) == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
  }

  @Test func `it has a process group of its own and inherits no descriptor`() throws {
    let run = try ProcessRun()
    let launch = run.launch(["/bin/sh", "-c", "cut -d' ' -f5 /proc/$$/stat; ls /proc/$$/fd"])
    run.executor.start(launch)
    let pid = try #require(run.waitForStart(launch.ticket))
    _ = try run.waitForEnd(launch.ticket)
    #expect(run.log(launch) == "\(pid)\n0\n1\n2\n")
  }

  @Test func `nothing is left of a thousand attempts, not a descriptor, a zombie or a file`() throws {
    let run = try ProcessRun()
    // The first start on this thread, those beyond the number of processors on the spawner's: each thread has its own
    // /dev/null from then on.
    let first = (0..<sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 4).map { _ in run.launch(["true"]) }
    for launch in first { run.executor.start(launch) }
    var running = first.count
    while running > 0 {
      for case .attemptEnded in run.reactor.wait(until: nil) { running -= 1 }
    }
    func descriptors() -> Set<String> {
      Set(
        names(in: "/proc/self/fd").compactMap { name in
          var target = [CChar](repeating: 0, count: 256)
          guard readlink("/proc/self/fd/\(name)", &target, 255) > 0 else { return nil }
          return "\(name) \(String(decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))"
        })
    }
    let before = descriptors()
    var pids: [Int32] = []
    for round in 0..<250 {
      let launches = [
        run.launch(["true"]), run.launch(["no-such-program"]), run.shell("echo \(round); echo a=1 >> $BATON_OUTPUT"),
        run.shell("echo '{\"progress\":1}' >> $BATON_EVENTS"),
      ]
      for launch in launches { run.executor.start(launch) }
      var open = launches.count
      while open > 0 {
        for input in run.reactor.wait(until: nil) {
          if case .attemptStarted(_, let pid) = input { pids.append(pid) }
          if case .attemptEnded = input { open -= 1 }
        }
      }
    }
    #expect(pids.count == 750)
    #expect(pids.allSatisfy { kill($0, 0) != 0 })
    #expect(names(in: run.folder.temporary).isEmpty)
    // Other tests open and close descriptors in this process: what leaks stays.
    // The watch over requests and reports comes some time after the first attempt, and stays.
    var left = descriptors().subtracting(before).filter { !$0.hasSuffix("anon_inode:inotify") }
    for _ in 0..<2000 where !left.isEmpty {
      usleep(10_000)
      left.formIntersection(descriptors())
    }
    #expect(left.isEmpty)
  }
}

@Suite struct `Local executor: what cannot be started` {
  @Test func `each reason has its message`() throws {
    let run = try ProcessRun()
    func message(_ launch: Launch) throws -> String {
      guard case .unstartable(let text) = try run.run(launch).outcome else { return "started" }
      return text
    }
    #expect(try message(run.launch(["nosuchprogram"])) == "cannot run \"nosuchprogram\": no such program in PATH")
    #expect(try message(run.launch(["./gone"])) == "cannot run \"./gone\": no such file")
    run.write("plain", "#!/bin/sh\n")
    #expect(
      try message(run.launch(["./plain"]))
        == "cannot run \"./plain\": \(run.path)/./plain is not executable (chmod +x \(run.path)/./plain)")
    run.write("strange", "#!/no/such/interpreter -x\n", mode: 0o755)
    #expect(
      try message(run.launch(["./strange"]))
        == "cannot run \"./strange\": the interpreter of its first line is not there (#!/no/such/interpreter -x)")
    run.write("text", "echo hello\n", mode: 0o755)
    #expect(
      try message(run.launch(["./text"]))
        == "cannot run \"./text\": neither a program for this machine nor a script with a #! line")
    #expect(try message(run.launch(["/usr"])) == "cannot run \"/usr\": it is a folder")
    #expect(try message(run.launch(["/no/shell", "-c", "true"])) == "cannot run \"/no/shell\": no such file")
    #expect(try message(run.launch([])) == "cannot run a command without a program: the list of arguments is empty")
    #expect(try message(run.launch(["echo", "a\0b"])) == "cannot run \"echo\": argument 1 contains a zero byte")
    #expect(
      try message(run.launch(["echo", String(repeating: "x", count: 3 << 20)]))
        == "cannot run \"echo\": its arguments and environment are longer than the system takes")
    var lost = run.launch(["true"])
    lost.workingDirectory = "/no/such/folder"
    #expect(try message(lost) == "cannot run \"true\" in \"/no/such/folder\": no such folder")
    lost = run.launch(["true"])
    lost.workingDirectory = "/etc/passwd"
    #expect(try message(lost) == "cannot run \"true\" in \"/etc/passwd\": not a folder")
  }

  @Test func `a log that cannot be written ends the process and says why`() throws {
    let run = try ProcessRun()
    let launch = run.launch(["yes"])
    #expect(mkdir(run.folder.logs, 0o700) == 0)
    #expect(symlink("/dev/full", launch.log) == 0)
    #expect(try run.run(launch).outcome == .failed("cannot write the log \(launch.log): No space left on device"))
  }
}
