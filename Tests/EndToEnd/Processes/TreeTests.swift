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
