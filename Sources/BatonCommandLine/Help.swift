/// What `baton help` prints.
public enum Help {
  /// Of the whole program.
  public static var program: String {
    let groups: [(String, [Subcommand.Name])] = [
      ("Start", [.`init`, .`import`, .check, .plan, .graph, .repl]),
      ("Test", [.test, .chaos, .replay]),
      ("Run", [.run, .resume, .watch, .cancel, .approve, .reject, .signal]),
      ("Look", [.runs, .show, .report, .tests, .logs, .events, .why, .pools]),
      ("Configure", [.config, .secret, .data]),
      ("Share", [.module]),
      ("Keep house", [.gc, .doctor, .completion, .docs, .help]),
    ]
    var text =
      "baton COMMAND [ARGUMENTS] [OPTIONS]\n\nRuns workflows that are written as Lua scripts, and carries them on.\n"
    for (title, names) in groups {
      text += "\n\(title)\n"
      text += columns(names.map { ($0.rawValue, Subcommand.named($0).summary) }, least: 10)
    }
    text += "\nOptions of every command\n" + columns((Option.everywhere + [.version]).map { ($0.label, $0.help) })
    text += """

      Start here
        baton init                 a workflow that runs
        baton run workflow.lua     run it
        baton help run             more of a command
        baton help step.retry      of a word of the language, or a field

      """
    return text
  }

  /// Of one command.
  public static func command(_ name: Subcommand.Name) -> String {
    let page = CommandPage(name)
    var text = "\(page.usage)\n\n\(page.summary).\n"
    if !page.details.isEmpty { text += "\n\(page.details)\n" }
    if !page.options.isEmpty { text += "\nOptions\n" + columns(page.options) }
    if let shape = page.json {
      text += "\nWith --json\n" + shape.split(separator: "\n").map { "  \($0)\n" }.joined()
    }
    text += "\nOptions of every command\n" + columns(page.commonOptions)
    if !page.examples.isEmpty {
      text += "\nExamples\n"
      for example in page.examples { text += "  \(example.left)\n      \(example.right)\n" }
    }
    text += "\nExit codes\n" + columns(page.exitCodes)
    return text
  }

  static func exitCodes(of command: Subcommand) -> [Int32] { ([0, 2, 70] + command.exitCodes).sorted() }

  /// What an exit status means.
  static func meaning(of code: Int32) -> String {
    switch code {
    case 0: "everything that had to succeed did"
    case 1: "a step failed, or something that was asked for is not in order"
    case 2: "the command line, the script, the configuration or the input is wrong; nothing ran"
    case 3: "halted by a gate or a halt"
    case 4: "cancelled, or timed out as a whole"
    case 5: "waits for an approval or a signal"
    case 6: "another process drives this run"
    case 70: "Baton itself failed: the message says what to report; the run is resumable"
    case 130: "interrupted (Ctrl-C): resumable, the message says how"
    default: "unknown"
    }
  }

  /// Two columns, the first as wide as it needs to be (at most 28).
  private static func columns(_ rows: [(left: String, right: String)], least: Int = 0) -> String {
    let width = max(least, min(28, rows.map(\.left.count).max() ?? 0))
    return rows.map { left, right in
      left.count > width
        ? "  \(left)\n  \(String(repeating: " ", count: width + 2))\(right)\n"
        : "  \(left)\(String(repeating: " ", count: width - left.count + 2))\(right)\n"
    }.joined()
  }
}
