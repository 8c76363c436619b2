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
    var path = Array("/tmp/baton-completion-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    try #require(descriptor >= 0)
    let file = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(file) }
    script.withCString { _ = write(descriptor, $0, strlen($0)) }
    close(descriptor)
    let pipe = try #require(popen("bash --norc \(file) 2>&1", "r"))
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { output += buffer[..<count] }
    pclose(pipe)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func `bash offers commands`() throws {
    #expect(try bash(["re"]) == ["resume", "reject", "replay"])
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
