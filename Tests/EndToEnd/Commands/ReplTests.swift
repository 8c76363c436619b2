import Testing

/// `baton repl`, from a pipe and at a terminal.
@Suite struct ReplTests {
  /// What the REPL says to these lines.
  private func repl(_ sandbox: Sandbox, _ lines: [String], _ words: [String] = []) throws -> Finished {
    try sandbox.write("lines", lines.joined(separator: "\n") + "\n")
    let arguments = (["repl"] + words).joined(separator: " ")
    return try sandbox.command("sh", "-c", "exec \(Binary.path) \(arguments) < lines")
  }

  @Test("Expressions are shown, locals live on, chunks go over several lines")
  func expressions() throws {
    let sandbox = try Sandbox()
    let said = try repl(
      sandbox,
      [
        "local a = 40", "a + 2", "local function f(x)", "  return { x, name = \"n\" }", "end", "f(a)", "print(\"hi\")",
        "(\"x\"):rep(3)", "nil", "{ 0/0, -1/0 }",
      ])
    #expect(said.code == 0, "\(said.account)")
    #expect(said.output == "42\n{ 40, name = \"n\" }\nhi\n\"xxx\"\n{ nan, -inf }\n", "\(said.account)")
  }

  @Test("A mistake is told with its line, leaves no trace, and ends with exit code 1 where nobody types")
  func mistakes() throws {
    let sandbox = try Sandbox()
    let said = try repl(
      sandbox, ["step \"a\" { rum = \"true\" }", "local x = nil + 1", ":nowhere", ":plna", "1 + 1", ":steps"])
    #expect(said.code == 1)
    #expect(said.errors.contains("input:1:12: error: step \"a\": there is no field \"rum\""), "\(said.account)")
    #expect(said.errors.contains("input:1: error: attempt to perform arithmetic"), "\(said.account)")
    #expect(said.errors.contains("did you mean :plan?"), "\(said.account)")
    #expect(said.output == "2\n", "\(said.account)")
  }

  @Test("The length of what has none is told as what it is; return shows values and ends nothing")
  func lengths() throws {
    let sandbox = try Sandbox()
    let said = try repl(
      sandbox,
      [
        "#{ 1, 2 }", "#\"abc\"", "step \"a\" \"true\"", "#5", "#nil", "return 4, 5", "1 + 1",
        "local b = step \"b\" \"true\"", "#b.out.x",
      ])
    #expect(said.output == "2\n3\nstep \"a\"\n4\n5\n2\n", "\(said.account)")
    #expect(said.errors.contains("input:1: error: attempt to get length of a number value"), "\(said.account)")
    #expect(said.errors.contains("input:1: error: attempt to get length of a nil value"), "\(said.account)")
    #expect(said.errors.contains("\"b.out.x\" is known only when step \"b\" has succeeded"), "\(said.account)")
    #expect(!said.errors.contains("unexpected symbol"), "\(said.account)")
  }

  @Test("Steps are defined, planned and run one by one; refs show what they became")
  func running() throws {
    let sandbox = try Sandbox([
      "w.lua": "local build = step \"build\" { run = [[echo version=1.4 >> \"$BATON_OUTPUT\"]] }\n"
    ])
    let said = try repl(
      sandbox,
      [
        "build.out.version", "step \"ship\" { run = \"echo shipping \" .. build.out.version }", ":plan", ":run build",
        "build.out.version", "run.status", "#run.steps", ":save both.lua", ":undo", ":steps",
      ], ["w.lua"])
    #expect(said.code == 0, "\(said.account)")
    #expect(said.output.contains("build.out.version  (known in a run: :run, or :load one)\n"), "\(said.account)")
    #expect(said.output.contains("step \"ship\"\n") && said.output.contains("Level 2"), "\(said.account)")
    #expect(said.output.contains("build.out.version = \"1.4\"  (run "), "\(said.account)")
    #expect(said.output.contains("\"succeeded\"\n"), "\(said.account)")
    #expect(said.output.hasSuffix("  build  echo version=1.4 >> \"$BATON_OUTPUT\"\n"), "\(said.account)")
    #expect(sandbox.read("both.lua")?.contains("step \"ship\"") == true)
    #expect(try sandbox.baton("run", "both.lua").code == 0)
  }

  /// Types at a terminal: each entry once the prompt has come back that follows the one before.
  private static let typist = """
    import os, pty, sys
    pid, terminal = pty.fork()
    if pid == 0:
      os.execvp(sys.argv[1], sys.argv[1:])
    seen = b""
    def until(text, start):
      global seen
      while text not in seen[start:]:
        try:
          piece = os.read(terminal, 4096)
        except OSError:
          break
        if not piece:
          break
        seen += piece
    until(b"baton> ", 0)
    for keys in open("keys").read().split("\\n")[:-1]:
      start = len(seen)
      os.write(terminal, keys.encode().replace(b"\\\\r", b"\\r").replace(b"\\\\t", b"\\t").replace(b"\\\\c", b"\\x03"))
      until(b"baton> ", start)
    until(b"\\0", len(seen))
    sys.stdout.buffer.write(seen)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """

  @Test("At a terminal: Tab completes, Ctrl-C gives a line up, mistakes do not end it, the history is kept")
  func terminal() throws {
    let sandbox = try Sandbox(["w.lua": "step \"build\" { run = \"true\" }\n", "typist.py": Self.typist])
    // Half a line and Ctrl-C; a mistake; a word that Tab ends; a command whose argument Tab ends; an endless loop and Ctrl-C;
    // the end.
    try sandbox.write(
      "keys",
      #"""
      local x =\c
      error("oh")\r
      print(tostr\t(7))\r
      :run bu\t\r
      :quit\r

      """#)
    let said = try sandbox.command(
      "python3", "typist.py", Binary.path, "repl", "w.lua", env: ["TERM": "xterm"])
    #expect(said.code == 0, "\(said.account)")
    #expect(said.output.contains("oh") && said.output.contains("7\r\n"), "\(said.account)")
    #expect(said.output.contains("is loaded: refs show its values"), "\(said.account)")
    let history = Disk.text("\(sandbox.scratch)/.local/state/baton/history") ?? ""
    #expect(history.contains("print(tostring(7))") && history.contains(":quit"), "\(history)")
  }
}
