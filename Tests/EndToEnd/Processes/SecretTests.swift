import Testing

@Suite struct Secrets {
  private static let value = "hunter2-Tr0ub4dor&3"

  /// Every file of the project that holds the text.
  private func files(of sandbox: Sandbox, with text: String) -> [String] {
    let wanted = Array(text.utf8)
    return Disk.files(below: sandbox.path(".baton")).filter { name in
      guard let bytes = Disk.bytes(sandbox.path(".baton/\(name)")), bytes.count >= wanted.count else { return false }
      return (0...(bytes.count - wanted.count)).contains { start in
        bytes[start] == wanted[0] && bytes[start..<(start + wanted.count)].elementsEqual(wanted)
      }
    }
  }

  @Test("A secret reaches the step and nothing else: no log, record, value, event, error or message")
  func nowhere() throws {
    let sandbox = try Sandbox([
      "w.lua": #"""
      local token = secret "TOKEN"
      local a = step "a" {
        env = { T = token },
        run = [[
          [ "$T" = "$EXPECTED" ] || exit 9
          echo "to the log: $T"
          echo "to the errors: $T" >&2
          half=${T%???????}
          printf %s "straddling: $half"; sleep 0.1; echo "${T#"$half"}"
          echo "$T" | fold -w 1 | tr -d '\n'; echo
          echo "value=$T" >> "$BATON_OUTPUT"
          echo '{"progress":0.5,"text":"'"$T"'"}' >> "$BATON_EVENTS"
          echo '{"checkpoint":"'"$T"'"}' >> "$BATON_EVENTS"
        ]],
      }
      step "b" { depends = a, run = "echo " .. token .. "; exit 3", retry = 1 }
      step "c" { run = { "no-such-program-" .. token } }
      notify "n" {
        on = { "failed" }, to = command { run = "cat > event.json; echo \"$BATON_NOTIFY_TEXT\" > text" },
        message = "failed with " .. token,
      }
      """#
    ])
    let env = ["TOKEN": Self.value, "EXPECTED": Self.value]
    let finished = try sandbox.baton("run", "w.lua", env: env)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(try sandbox.show().steps["a"]?.status == "succeeded", "\(finished.account)")
    #expect(files(of: sandbox, with: Self.value) == [])
    #expect(!files(of: sandbox, with: "to the log: ***").isEmpty)
    #expect(!files(of: sandbox, with: "straddling: ***").isEmpty)
    var said = finished.all
    for arguments in [
      ["show"], ["show", "--json"], ["events", "--json"], ["logs", "a"], ["logs", "b"], ["why", "a"], ["why", "b"],
    ] {
      let told = try sandbox.start(arguments, env: env).wait()
      #expect(told.code == 0, "\(told.account)")
      said += told.all
    }
    #expect(!said.contains(Self.value))
    #expect(said.contains("***"))
    for file in ["event.json", "text"] {
      let text = try #require(sandbox.read(file))
      #expect(!text.contains(Self.value), "\(file): \(text)")
    }
  }

  @Test("A secret that is not set is told before its step runs")
  func missing() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"touch ran\", env = { T = secret \"NO_SUCH_TOKEN\" } }\n"])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1 || finished.code == 2, "\(finished.account)")
    #expect(finished.errors.contains("NO_SUCH_TOKEN"), "\(finished.account)")
    #expect(!Disk.exists(sandbox.path("ran")))
  }
}
