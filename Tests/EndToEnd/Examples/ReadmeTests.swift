import Testing

/// README.md shows what really happens.
@Suite struct Readme {
  /// A command of the tour and what it is said to print.
  struct Shown {
    var command: String
    var output: [String]
  }

  private func tour() throws -> [Shown] {
    let text = try #require(Disk.text("\(Binary.root)/README.md"))
    var shown: [Shown] = []
    var isConsole = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isConsole = line == "```console"
      } else if isConsole, line.hasPrefix("$ ") {
        shown.append(Shown(command: String(line.dropFirst(2)), output: []))
      } else if isConsole, !line.isEmpty {
        shown[shown.count - 1].output.append(String(line))
      }
    }
    return shown
  }

  /// Without what differs from run to run: times, ids, dates, users; lines in a fixed order, since steps run side by side.
  private func essence(_ lines: [String]) -> [String] {
    lines.map { line in
      var text = line.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/, with: "TIME")
      text = text.replacing(/\b[0-9]{2}:[0-9]{2}:[0-9]{2}\b/, with: "TIME")
      text = text.replacing(/\b[0-9]+(\.[0-9]+)?(µs|ms|s|m[0-9]+s)\b/, with: "SPAN")
      text = text.replacing(/\b(run|logs|resume) [a-z0-9]{8}\b/) { "\($0.output.1) RUN" }
      text = text.replacing(#/\ by\ [^\ :]+@[^\ :]+/#, with: " by WHO")
      return text.replacing(#/\ +/#, with: " ")
    }
    // Whether a process of the killed engine is still there to be ended, or has already died of writing to a pipe that nobody
    // reads, is up to the system.
    .filter { !$0.isEmpty && !$0.hasPrefix("ended ") }.sorted()
  }

  @Test("Every command of the tour prints what is shown")
  func commands() throws {
    let shown = try tour()
    try #require(shown.count >= 10)
    let sandbox = try Examples.copied()
    let folder = Binary.path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let path = "\(folder):\(sandbox.environment["PATH"] ?? "")"
    for each in shown {
      // The shell says by itself that a job was killed.
      let finished = try sandbox.command("sh", "-c", "exec 2>&1; \(each.command)", env: ["PATH": path])
      let lines = finished.output.split(separator: "\n").map(String.init)
      #expect(essence(lines) == essence(each.output), "$ \(each.command)\n\(finished.output)")
    }
  }

  @Test("What README.md names is there")
  func links() throws {
    let text = try #require(Disk.text("\(Binary.root)/README.md"))
    let targets = text.matches(of: /\]\(([^)#:]+)\)/).map { String($0.output.1) }
    try #require(!targets.isEmpty)
    let scripts = text.matches(of: /scripts\/[a-z]+(\/[a-z-]+\.lua)?/).map { String($0.output.0) }
    for name in Set(targets + scripts) { #expect(Disk.exists("\(Binary.root)/\(name)"), "\(name) is not there") }
  }
}
