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
        baton() { printf '[\\n  {\\n    "run": "k7f2m3q9",\\n    "status": "failed"\\n  }\\n]\\n'; }
        COMP_WORDS=(baton \(list)); COMP_CWORD=\(words.count); _baton; printf '%s\\n' "${COMPREPLY[@]}"
        """
    return try output(of: "bash --norc", script)
  }

  /// What fish offers for a command line that is being typed; nil where there is no fish.
  private func fish(_ line: String) throws -> [String]? {
    guard access("/usr/bin/fish", X_OK) == 0 else { return nil }
    let script =
      try Completion.script(for: "fish") + """
        function baton; echo '    "run": "k7f2m3q9",'; end
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
    #expect(try bash(["re"]) == ["resume", "reject", "replay", "report"])
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

  @Test func `bash offers shells and files`() throws {
    #expect(try bash(["completion", "z"]) == ["zsh"])
    #expect(try bash(["run", "/etc/pass"]).contains("/etc/passwd"))
  }

  @Test(arguments: [
    ("baton res", ["resume"]), ("baton -C /tmp --color always sho", ["show"]), ("baton run --no-c", ["--no-cache"]),
    ("baton -v graph --format m", ["mermaid"]), ("baton --color al", ["always"]), ("baton completion z", ["zsh"]),
    ("baton show k", ["k7f2m3q9"]), ("baton run /etc/passw", ["/etc/passwd"]), ("baton help gr", ["graph"]),
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
