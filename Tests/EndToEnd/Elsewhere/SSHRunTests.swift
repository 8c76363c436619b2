import BatonModel
import Glibc
import Testing

/// What other hosts alone have: folders, files that go there and back, connections that die. What they have in common with other
/// places: `Places`.
@Suite struct SSHRuns {
  /// A sandbox with this workflow, in which `PLACE` stands for the host.
  private func place(
    _ workflow: String, _ files: [String: String] = [:], isApart: Bool = false
  ) throws -> (Sandbox, HostUnderTest) {
    let sandbox = try Sandbox(files)
    let host = try HostUnderTest(sandbox, isApart: isApart)
    try sandbox.write(
      "w.lua",
      workflow.split(separator: "PLACE", omittingEmptySubsequences: false).joined(
        separator: "ssh { \(host.fields) }")
        + "\n")
    return (sandbox, host)
  }

  @Test("A step runs in a folder of its own, in a fixed one, or in the project's where the host shares it")
  func folders() throws {
    let (sandbox, host) = try place(
      """
      workflow "w" { executor = PLACE }
      step "own" { run = [[test ! -e w.lua && echo "<$FROM_HERE>" && echo no > unasked]] }
      step "shared" { executor = ssh { FIELDS, shared = true }, run = "test -e w.lua && pwd > where" }
      step "folder" { executor = ssh { FIELDS, folder = "FOLDER" }, run = "pwd > kept" }
      """)
    let fixed = sandbox.scratch + "/fixed"
    try fill(sandbox, ["FIELDS": host.fields, "FOLDER": fixed])
    let finished = try sandbox.baton("run", "w.lua", env: ["FROM_HERE": "x"])
    #expect(finished.code == 0, "\(finished.account)")
    let said = try sandbox.baton("logs", "own")
    #expect(said.output == "<>\n", "\(said.account)")
    #expect(sandbox.read("unasked") == nil)
    #expect(sandbox.read("where") == sandbox.folder + "\n")
    #expect(Disk.text(fixed + "/kept") == fixed + "\n")
    #expect(host.leftovers == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test("A report that an earlier attempt left in the host's folder is not this one's")
  func staleReport() throws {
    let (sandbox, host) = try place(
      """
      step "test" {
        executor = ssh { FIELDS, folder = "FOLDER" }, retry = 1, results = junit "*.xml", outputs = "built",
        cache = false, env = { WHERE = env.WHERE },
        run = [[
          if [ -e built ]; then exit 0; fi
          echo '<testsuite><testcase name="a"/></testsuite>' > report.xml; echo x > built; exit 1
        ]],
      }
      """)
    try fill(sandbox, ["FIELDS": host.fields, "FOLDER": sandbox.scratch + "/fixed"])
    let finished = try sandbox.baton("run", "w.lua", env: ["WHERE": sandbox.folder])
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.account.split(separator: "1 test: 1 passed").count == 2, "once: \(finished.account)")
    #expect(finished.account.contains("report.xml is older than the attempt"), "\(finished.account)")
    #expect(host.leftovers == [])
  }

  @Test("An input that goes away while it is sent fails the attempt, and is named")
  func vanishing() throws {
    let (sandbox, host) = try place(
      """
      step "a" { executor = PLACE, inputs = "in/*", run = "cat in/*" }
      """, ["in/one": "1", "in/two": "2"])
    try sandbox.write(
      "bin/tar",
      """
      #!/bin/sh
      case "$*" in *--null*) rm -f "\(sandbox.folder)/in/two";; esac
      exec "\(try sandbox.command("sh", "-c", "command -v tar").output.split(separator: "\n").first ?? "tar")" "$@"

      """)
    try sandbox.command("chmod", "+x", "bin/tar")
    let path = "\(sandbox.path("bin")):\(sandbox.environment["PATH"] ?? "")"
    let finished = try sandbox.baton("run", "w.lua", env: ["PATH": path])
    #expect(finished.code == 1, "\(finished.account)")
    #expect(
      finished.account.contains("files changed or went away while they were sent to box: ")
        && finished.account.contains("tar: in/two: "),
      "\(finished.account)")
    #expect(host.leftovers == [])
    #expect(sandbox.leftovers() == [])
  }

  @Test("A host whose disk is full is told of", .enabled(if: SmallDisk.canBeHad))
  func fullDisk() throws {
    let (sandbox, host) = try place(
      """
      step "a" { executor = PLACE, inputs = "large", run = "true" }
      """)
    let disk = try SmallDisk(at: host.cache, megabytes: 1, sandbox)
    try sandbox.command("dd", "if=/dev/zero", "of=large", "bs=1M", "count=2")
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1 && finished.account.contains("the disk of box is full"), "\(finished.account)")
    #expect(finished.account.contains("make room there"), "\(finished.account)")
    #expect(host.leftovers == [])
    try disk.clear()
  }

  /// Puts what is known now in place of words of the workflow.
  private func fill(_ sandbox: Sandbox, _ words: [String: String]) throws {
    var text = try #require(sandbox.read("w.lua"))
    for (word, value) in words {
      text = text.split(separator: word, omittingEmptySubsequences: false).joined(separator: value)
    }
    try sandbox.write("w.lua", text)
  }

  @Test("A connection that dies fails the attempt, which ends there too, and is tried again")
  func lost() throws {
    let (sandbox, host) = try place(
      """
      step "long" {
        executor = PLACE, grace = "1s", retry = 1, env = { WHERE = env.WHERE },
        run = [[echo x >> "$WHERE/begun"; test "$(wc -l < "$WHERE/begun")" -ge 2 && exit 0; sleep 100]],
      }
      """)
    let run = try sandbox.start(["run", "w.lua"], env: ["WHERE": sandbox.folder])
    try sandbox.wait("the step runs", atMost: 60) { sandbox.lines("begun").count == 1 }
    for session in host.sessions { kill(session, SIGKILL) }
    let finished = try run.wait(atMost: 60)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.errors.contains("the connection to box was lost"), "\(finished.account)")
    #expect(host.leftovers == [])
  }

  @Test("A service that does not listen yet is not ready, though its forwarder takes connections")
  func standardProbe() throws {
    let (sandbox, host) = try place(
      """
      local web = service "web" {
        executor = PLACE, ports = "http", grace = "1s", outputs = { url = "http://127.0.0.1:" .. service.port.http .. "/" },
        run = [[sleep 2; echo well > index.html; exec busybox httpd -f -p "127.0.0.1:$BATON_PORT_HTTP" -h .]],
      }
      step "use" { run = "curl -sf " .. web.out.url .. "index.html > answer" }
      """, isApart: true)
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.read("answer") == "well\n")
    #expect(host.leftovers == [] && sandbox.leftovers() == [])
  }

  @Test("What does not work is told with its cure")
  func failures() throws {
    let (sandbox, host) = try place(
      """
      local function on(more) more.config = "CONFIG"; more.host = more.host or "box"; return ssh(more) end
      workflow "w" { }
      step "port" { executor = on { port = 1 }, run = "true", allow_failure = true }
      step "stranger" { executor = on { identity = "KEY" }, run = "true", allow_failure = true }
      step "unknown" { executor = ssh { host = "127.0.0.1", port = PORT, config = "/dev/null" }, run = "true", allow_failure = true }
      step "nowhere" { executor = on { host = "no.such.host.invalid" }, run = "true", allow_failure = true }
      step "program" { executor = on {}, run = { "no-such-program" }, allow_failure = true }
      step "variable" { executor = on {}, env = { ["my.var"] = "1" }, run = "true", allow_failure = true }
      step "folder" { executor = on { shared = true }, cwd = "no-such-folder", run = "true", allow_failure = true }
      step "outside" { executor = on {}, inputs = "../scratch/host/config", run = "true", allow_failure = true }
      """)
    var text = try #require(sandbox.read("w.lua"))
    let folder = "\(sandbox.scratch)/host"
    for (word, value) in [
      ("CONFIG", "\(folder)/config"), ("KEY", "\(folder)/stranger"), ("PORT", "\(host.port)"),
    ] {
      text = text.split(separator: word, omittingEmptySubsequences: false).joined(separator: value)
    }
    // The configuration's own key comes first otherwise.
    let config = try #require(Disk.text("\(folder)/config"))
    try Disk.write(
      config.split(separator: "\n").filter { !$0.contains("IdentityFile") }.joined(separator: "\n")
        + "\n", to: "\(folder)/bare")
    text = text.split(separator: "on { identity = \"", omittingEmptySubsequences: false)
      .joined(separator: "ssh { host = \"box\", config = \"\(folder)/bare\", identity = \"")
    try sandbox.write("w.lua", text)
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let state = try sandbox.show()
    for (step, parts) in [
      "port": ["cannot reach box:1", "Connection refused", "does sshd listen there?"],
      "stranger": ["box refuses to let us in", "look at user and identity"],
      "unknown": ["the key of 127.0.0.1:\(host.port) is not known", "known_hosts"],
      "nowhere": ["there is no host no.such.host.invalid", "look at its name"],
      "program": ["cannot run \"no-such-program\": no such program in PATH on box"],
      "variable": ["box does not take the environment of the step", "my.var"],
      "folder": ["no-such-folder\": no such folder on box"],
      "outside": ["lies outside of the step's folder"],
    ] {
      for part in parts {
        #expect(
          state.steps[step]?.reason.contains(part) == true,
          "\(step): \(state.steps[step]?.reason ?? "")")
      }
    }
    #expect(host.leftovers == [])
    try sandbox.write("x.lua", "step 's' { executor = ssh 'x', run = 'true' }\n")
    let nothing = try sandbox.baton("run", "x.lua", env: ["PATH": "/no/such/folder"])
    #expect(
      nothing.code == 1 && nothing.account.contains("ssh is not in PATH"), "\(nothing.account)")
  }
}
