import Glibc
import Testing

/// No process of a step outlives it.
@Suite struct Trees {
  @Test(
    "Daemons, sessions of their own and background jobs end with their step",
    arguments: [
      "sleep 1000 & exit 0",
      "setsid sleep 1000 & exit 0",
      "(setsid sh -c 'sleep 1000 & sleep 1000' &) ; exit 0",
      "nohup sh -c 'trap \"\" TERM HUP; sleep 1000; sleep 1000' >/dev/null 2>&1 & exit 0",
      "sh -c 'sleep 1000 & kill -9 $$' ; exit 0",
      "env -i setsid sh -c 'echo $$ > pid; exec sleep 1000' >/dev/null 2>&1 & while [ ! -s pid ]; do :; done; exit 0",
    ])
  func outlivers(command: String) throws {
    let sandbox = try Sandbox([
      "daemon.sh": command + "\n",
      "w.lua": "step \"a\" { run = \"echo before; sh ./daemon.sh\" }\nstep \"b\" { run = \"true\", depends = \"a\" }\n",
    ])
    let finished = try sandbox.baton("run", "w.lua", atMost: 30)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.seconds < 10)
    #expect(sandbox.leftovers() == [])
    #expect(try sandbox.baton("logs", "a").output.contains("before"))
  }

  /// Whether the process runs, and is not only waiting to be reaped.
  private static let alive = "grep -qs '^State:[[:space:]]*[^[:space:]ZX]' \"/proc/$1/status\"\n"

  @Test("What cleared its environment, left its session and lost its parent ends with its step, and others' goes on")
  func withoutTrace() throws {
    let sandbox = try Sandbox([
      "alive.sh": Self.alive,
      "w.lua": """
      local trace = "(env -i setsid sh -c 'echo $$ > %s; exec sleep 1000' >/dev/null 2>&1 &) ; while [ ! -s %s ]; do :; done"
      local first = step "first" { run = trace:gsub("%%s", "first") }
      step "long" { run = trace:gsub("%%s", "long") .. "; while [ ! -e enough ]; do sleep 0.01; done" }
      step "look" { depends = first, run = [[
        sh ./alive.sh "$(cat first)" && echo "first's lives" >> wrong
        while [ ! -s long ]; do :; done
        sh ./alive.sh "$(cat long)" || echo "long's is gone" >> wrong
        touch enough
      ]] }
      """,
    ])
    let finished = try sandbox.baton("run", "w.lua", "-j", "4", atMost: 30)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("wrong") == [])
    for name in ["first", "long"] {
      let pid = try #require(Int32(sandbox.lines(name).first ?? ""))
      #expect(!Sandbox.isAlive(pid), "\(name)'s lives on")
    }
  }

  @Test("What a killed engine left behind without a trace in its environment is ended before its step runs again")
  func leftBehindWithoutTrace() throws {
    let sandbox = try Sandbox([
      "alive.sh": Self.alive,
      "w.lua": """
      step "a" { run = [[
        if [ -e quick ]; then sh ./alive.sh "$(cat pid)" && echo lives >> wrong; exit 0; fi
        (env -i setsid sh -c 'echo $$ > pid; exec sleep 1000' >/dev/null 2>&1 &)
        while [ ! -s pid ]; do :; done
        echo up > up
        exec sleep 1000
      ]] }

      """,
    ])
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the step runs") { !sandbox.lines("up").isEmpty }
    driver.send(SIGKILL)
    try driver.wait()
    let pid = try #require(Int32(sandbox.lines("pid").first ?? ""))
    #expect(Sandbox.isAlive(pid), "it goes on when its engine dies")
    try sandbox.write("quick", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("wrong") == [])
    #expect(!Sandbox.isAlive(pid))
  }

  @Test("While a step that began alone goes on, what other steps leave behind ends with them")
  func besideALongStep() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "long" { run = "while [ ! -e done ]; do sleep 0.01; done" }
      local a = step "a" {
        run = "setsid sh -c 'echo $$ > pid; exec sleep 1000' & while [ ! -s pid ]; do sleep 0.01; done"
      }
      step "b" { run = "kill -0 $(cat pid); echo $? > answer; touch done", depends = a }

      """
    ])
    let finished = try sandbox.baton("run", "w.lua", "-j", "2", atMost: 30)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("answer") == ["1"], "the daemon of a was there when b ran")
    #expect(sandbox.leftovers() == [])
  }

  @Test("What a killed engine left running is ended before its step runs again")
  func leftBehind() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" { run = [[
        mkdir guard || { echo collision >> side; exit 1; }
        trap 'rmdir guard; exit 1' TERM
        echo began >> side
        if [ ! -e quick ]; then setsid sleep 1000 & wait; fi
        rmdir guard
      ]], grace = "5s" }

      """
    ])
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the step runs") { sandbox.lines("side").contains("began") }
    driver.send(SIGKILL)
    try driver.wait()
    #expect(!sandbox.processes().isEmpty, "the step goes on when its engine dies")
    try sandbox.write("quick", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["began", "began"])
    #expect(sandbox.leftovers() == [])
  }

  @Test("A step gets three descriptors and no more")
  func descriptors() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"ls /proc/self/fd > fds; true\" }\n"])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    // Besides 0, 1 and 2, ls itself opens the folder.
    #expect(sandbox.lines("fds").count == 4, "\(sandbox.lines("fds"))")
  }
}
