import Testing

/// Refs and the functions that are called back (LANGUAGE.md, sections 3 and 5), sentence by sentence.
@Suite struct LanguageRefs {
  private static let declared =
    #"local a = step "a" [[echo "v=x y" >> "$BATON_OUTPUT"; echo "d=sub" >> "$BATON_OUTPUT"]]"#

  static let rows: [LanguageRow] = [
    LanguageRow(
      row: "Refs stand anywhere in a step's fields",
      script: declared + """

        step "make" { depends = a, run = "mkdir -p sub" }
        step "cwd" { depends = "make", cwd = a.out.d, run = "basename $PWD" }
        step "stdin" { stdin = a.out.v .. "\\n", run = "cat" }
        step "env" { env = { V = "<" .. a.out.v .. ">" }, run = "echo $V" }
        step "files" { depends = "make", run = "touch sub/made; echo files", inputs = a.out.d .. "/*.txt", outputs = { a.out.d .. "/made" } }
        step "failover" { run = "exit 1", failover = { { run = { "echo", a.out.v } } } }
        """,
      logs: ["cwd": "sub\n", "stdin": "x y\n", "env": "<x y>\n", "files": "files\n", "failover": "x y\n"]),
    LanguageRow(
      row: "a ref is known only once its step has succeeded: what uses it does not run without",
      script: """
        local a = step "a" { run = "echo v=1 >> $BATON_OUTPUT; exit 1" }
        step "b" { run = "touch ran " .. a.out.v }
        """, code: 1, ends: ["b": "skipped"], files: ["ran": []]),
    LanguageRow(
      row: "a value that its step did not emit is told by its name",
      script: declared + "\nstep \"b\" { run = { \"echo\", a.out.nothing } }\n", code: 1, says: ["a.out.nothing"]),
    LanguageRow(
      row: #"`halt "reason"` may be called in any `check`"#,
      script: "gate \"g\" { check = function() halt \"not today\" end, otherwise = \"warn\" }", code: 3,
      says: ["not today"]),
    LanguageRow(
      row: #"`halt "reason"` may be called in any `run` function"#,
      script:
        "step \"s\" { run = function() halt \"not now\" end }\nstep \"t\" { depends = \"s\", run = \"touch ran\" }",
      code: 3, ends: ["t": "skipped"], files: ["ran": []], says: ["not now"]),
    LanguageRow(
      row: "`retry`: `jitter`: the waits are spread, the same way for the same run",
      script: #"step "s" { run = "exit 1", retry = { attempts = 3, backoff = "100ms", factor = 1, jitter = 0.5 } }"#,
      code: 1, attempts: ["s": 3], says: ["again in "]),
  ]

  @Test("Refs, and functions that are called back", arguments: rows)
  func ref(row: LanguageRow) throws { try row.check() }

  @Test(
    "Using a ref where a value is needed now (arithmetic, `<`, `#`, `tostring`, `string.format`) is an error",
    arguments: [
      "a.out.v * 2", "-a.out.v", "a.out.v < 2", "a.out.v >= 'x'", "#a.out.v", "tostring(a.out.v)",
      "string.format('%s', a.out.v)", "('%d'):format(a.out.v)", "tonumber(a.out.v)", "a.out.v & 1",
    ])
  func needsValue(expression: String) throws {
    let sandbox = try Sandbox(["w.lua": Self.declared + "\nlocal x = \(expression)\n"])
    for command in ["run", "check"] {
      let finished = try sandbox.baton(command, "w.lua")
      #expect(finished.code == 2, "\(finished.account)")
      #expect(finished.errors.hasPrefix("w.lua:2: error: "), "\(finished.account)")
      for part in ["\"a.out.v\"", "step \"a\"", "map"] {
        #expect(finished.errors.contains(part), "\(finished.account)")
      }
    }
  }

  @Test(
    "`==` and truth can't raise in Lua, so `baton check` and the loader look for them in the source",
    arguments: [
      "if a.out.v == 'x' then end", "if a.out.v ~= 'x' then end", "if a.out.v then end", "local y = not a.out.v",
      "local y = a.out.v and 1", "while a.out.v do break end",
    ])
  func comparison(statement: String) throws {
    let sandbox = try Sandbox(["w.lua": Self.declared + "\n\(statement)\n"])
    for command in ["run", "check"] {
      let finished = try sandbox.baton(command, "w.lua")
      #expect(finished.code == 2, "\(finished.account)")
      #expect(finished.errors.hasPrefix("w.lua:2:"), "\(finished.account)")
      #expect(finished.errors.contains("a.out.v"), "\(finished.account)")
    }
  }
}
