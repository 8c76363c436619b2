import BatonCommandLine
import BatonModel
import Glibc
import Testing

@Suite struct CompletionTests {
  /// What bash offers for a command line whose last word is being typed.
  private func bash(_ words: [String]) throws -> [String] {
    let list = words.map { "'\($0)'" }.joined(separator: " ")
    let script =
      try Completion.script(for: "bash") + """
        \(Self.program)
        COMP_WORDS=(baton \(list)); COMP_CWORD=\(words.count); _baton; printf '%s\\n' "${COMPREPLY[@]}"
        """
    return try output(of: "bash --norc", script)
  }

  /// The program as the scripts ask it: `baton __complete KIND -- WORDS`.
  private static let program = """
    baton() {
      case "$2" in
        run) echo k7f2m3q9 ;; step) printf '%s\\n' build 'e2e[os=linux]' ;; param) echo target= ;;
        code) printf '%s\\n' B012 B013 ;; waiting) echo ship ;; tag) echo slow ;;
        topic) printf '%s\\n' step step.retry ctx.sleep run ;;
        module) if [ "$5" = add ]; then :; elif [ "$5" = remove ]; then echo greet; else printf '%s\\n' add remove; fi ;;
        grant) echo greet=env:TOKEN ;;
      esac
    }
    """

  /// What fish offers for a command line that is being typed; nil where there is no fish.
  private func fish(_ line: String) throws -> [String]? {
    guard access("/usr/bin/fish", X_OK) == 0 else { return nil }
    let script =
      try Completion.script(for: "fish") + """
        function baton
            switch "$argv[2]"
              case run; echo k7f2m3q9
              case step; printf '%s\\n' build 'e2e[os=linux]'
              case param; echo target=
              case code; printf '%s\\n' B012 B013
              case topic; printf '%s\\n' step.retry graph
              case module; if test "$argv[5]" != add; echo remove; end
            end
          end
        complete -C '\(line)'
        """
    return try output(of: "env HOME=/nonexistent fish --no-config", script).map { String($0.prefix { $0 != "\t" }) }
  }

  /// What a shell prints that runs the script.
  private func output(of shell: String, _ script: String) throws -> [String] {
    var path = Array("/tmp/baton-completion-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    try #require(descriptor >= 0)
    let file = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(file) }
    script.withCString { _ = write(descriptor, $0, strlen($0)) }
    close(descriptor)
    let pipe = try #require(popen("\(shell) \(file) 2>&1", "r"))
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { output += buffer[..<count] }
    pclose(pipe)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func `bash offers commands`() throws {
    #expect(try bash(["re"]) == ["repl", "resume", "reject", "replay", "report"])
    #expect(try bash([""]).count == Subcommand.Name.allCases.count)
  }

  @Test func `bash offers a command's options, also behind global ones`() throws {
    #expect(try bash(["run", "--no-c"]) == ["--no-cache"])
    #expect(try bash(["-C", "run", "resume", "--sk"]) == ["--skip"])
    #expect(try bash(["runs", "--dry"]) == [])
  }

  @Test func `bash offers the values of an option`() throws {
    #expect(try bash(["graph", "--format", ""]) == ["dot", "svg", "mermaid", "ascii"])
    #expect(try bash(["--color", "a"]) == ["auto", "always"])
    #expect(try bash(["runs", "--status", "=", "fa"]) == ["failed"])
  }

  @Test func `bash offers the project's runs`() throws { #expect(try bash(["show", "k"]) == ["k7f2m3q9"]) }

  @Test func `bash offers steps, parameters, tags, gates and codes`() throws {
    #expect(try bash(["run", "w.lua", "--only", "b"]) == ["build"])
    #expect(try bash(["run", "w.lua", "--only", ""]) == ["build", "e2e[os=linux]"])
    #expect(try bash(["run", "w.lua", "-p", "t"]) == ["target="])
    #expect(try bash(["run", "w.lua", "--tags", ""]) == ["slow"])
    #expect(try bash(["logs", ""]) == ["k7f2m3q9", "build", "e2e[os=linux]"])
    #expect(try bash(["approve", "s"]) == ["ship"])
    #expect(try bash(["check", "--explain", "B"]) == ["B012", "B013"])
    #expect(try bash(["check", "/etc/passw"]).contains("/etc/passwd"))
  }

  @Test func `bash offers what modules can do, those that there are, and topics`() throws {
    #expect(try bash(["module", ""]) == ["add", "remove"])
    #expect(try bash(["module", "remove", "g"]) == ["greet"])
    #expect(try bash(["module", "add", "/etc/passw"]).contains("/etc/passwd"))
    #expect(try bash(["help", "step"]) == ["step", "step.retry"])
    #expect(try bash(["help", "r"]) == ["run"])
    #expect(try bash(["run", "w.lua", "--trust", "g"]) == ["greet=env:TOKEN"])
  }

  @Test func `bash offers shells and files`() throws {
    #expect(try bash(["completion", "z"]) == ["zsh"])
    #expect(try bash(["run", "/etc/pass"]).contains("/etc/passwd"))
  }

  @Test(arguments: [
    ("baton res", ["resume"]), ("baton -C /tmp --color always sho", ["show"]), ("baton run --no-c", ["--no-cache"]),
    ("baton -v graph --format m", ["mermaid"]), ("baton --color al", ["always"]), ("baton completion z", ["zsh"]),
    ("baton show k", ["k7f2m3q9"]), ("baton run /etc/passw", ["/etc/passwd"]), ("baton help gr", ["graph"]),
    ("baton run w.lua --only b", ["build"]), ("baton run w.lua -p t", ["target="]),
    ("baton help step.r", ["step.retry"]), ("baton module re", ["remove"]),
    ("baton module add /etc/passw", ["/etc/passwd"]),
    ("baton check --explain B01", ["B012", "B013"]), ("baton check /etc/passw", ["/etc/passwd"]),
  ])
  func `fish offers commands, options, values and runs, also behind global options`(line: String, wanted: [String])
    throws
  {
    guard let offered = try fish(line) else { return }
    for word in wanted { #expect(offered.contains(word), "\(line): \(offered)") }
    if !line.contains("passw") { #expect(offered.count == wanted.count, "\(line): \(offered)") }
  }

  @Test func `zsh takes the script as a function of fpath and from a pipe`() throws {
    guard access("/usr/bin/zsh", X_OK) == 0 else { return }
    let head = "autoload -U compinit; compinit -D -u\n"
    let script = try Completion.script(for: "zsh")
    #expect(
      try output(of: "zsh -f", head + script + "print $_comps[baton]; whence -w _baton\n") == [
        "_baton", "_baton: function",
      ])
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `every command and option is in each shell's script`(shell: String) throws {
    let script = try Completion.script(for: shell)
    for name in Subcommand.Name.allCases {
      #expect(script.contains(name.rawValue))
      for option in Subcommand.named(name).allOptions {
        #expect(script.contains(option.name), "\(name) \(option.name)")
      }
    }
  }

  @Test(arguments: ["zsh", "fish"])
  func `the script is one that the shell itself takes`(shell: String) throws {
    guard access("/usr/bin/\(shell)", X_OK) == 0 else { return }
    let pipe = try #require(popen("\(shell) -n", "w"))
    try Completion.script(for: shell).withCString { _ = fputs($0, pipe) }
    #expect(pclose(pipe) == 0)
  }

  @Test func `an unknown shell is refused with the nearest`() {
    let error = #expect(throws: BatonError.self) { try Completion.script(for: "bsh") }
    #expect(error?.cure == "did you mean \"bash\"?")
  }
}
