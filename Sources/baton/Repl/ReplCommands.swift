import BatonCommandLine
import BatonCore
import BatonLua
import BatonModel
import CSystem
import Glibc

/// The commands of the REPL: those of `baton` on the session, and a few of its own.
extension Repl {
  /// What there is, with what it takes and what it does.
  static let commands: [(name: String, takes: String, does: String)] = [
    ("plan", "", "what would run, in which order"), ("graph", "[RUN]", "the picture"),
    ("steps", "", "the steps that are declared, and what they run"),
    ("check", "", "what baton check finds in the session"),
    ("run", "[STEP…]", "run the session, or these steps and what they depend on"),
    ("resume", "[RUN]", "carry a run on"), ("runs", "", "the runs of this project"),
    ("load", "[RUN]", "look at a past run: its values in refs, all of it in the table run"),
    ("show", "[RUN]", "its steps, attempts and values"), ("logs", "[RUN] [STEP]", "what steps printed"),
    ("events", "[RUN]", "what happened, record by record"), ("why", "[RUN] STEP", "why a step ran, or did not"),
    ("tests", "", "what is known of single tests"), ("param", "NAME=VALUE", "give a parameter of the workflow"),
    ("list", "", "what was entered"), ("undo", "", "forget the last chunk that was kept"),
    ("reset", "", "forget all that was entered"), ("save", "FILE", "write the session as a workflow"),
    ("help", "", "this list"), ("quit", "", "end (also Ctrl-D)"),
  ]
  private static let short = ["q": "quit", "h": "help", "?": "help", "p": "plan", "r": "run", "exit": "quit"]

  func command(_ line: String) throws {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let word = words.first else { return try command("help") }
    let rest = Array(words.dropFirst())
    switch try Self.name(word) {
    case "help": help()
    case "quit": isOver = true
    case "plan": try pass(["plan", try source()] + given + rest)
    case "check": try pass(["check", try source()] + rest)
    case "graph": try pass(["graph"] + (rest.isEmpty ? [try source()] + given : rest))
    case "steps": steps()
    case "run": try run(rest)
    case "resume":
      try pass(["resume"] + rest)
      try? load(nil)
    case "load":
      try load(rest.first)
      told()
    case "param": try param(rest)
    case "list": console.out(String(decoding: session.entered, as: UTF8.self))
    case "undo":
      guard try session.undo() else { throw BatonError(.usage, "nothing was entered that could be forgotten") }
    case "reset": try session.reset()
    case "save": try save(rest)
    case let other: try pass([other] + rest)
    }
  }

  private static func name(_ word: String) throws(BatonError) -> String {
    if let name = short[word] { return name }
    if commands.contains(where: { $0.name == word }) { return word }
    throw BatonError(
      .usage, "there is no command :\(word)",
      cure: Names.nearest(to: word, in: commands.map(\.name)).map { "did you mean :\($0)?" } ?? ":help lists them")
  }

  private func help() {
    for command in Self.commands {
      let head = ":\(command.name) \(command.takes)"
      console.out("  \(head)\(String(repeating: " ", count: max(1, 22 - head.count)))\(command.does)\n")
    }
    console.out(
      """

      Everything else is Lua: an expression is shown, a declaration or statement is kept. Lines go on
      until they are a whole; Tab completes; Ctrl-C gives a line or a run up; locals live on.

      """)
  }

  private func steps() {
    for node in session.plan.nodes {
      let text =
        switch node.kind {
        case .step(.shell(.plain(let text))): text.split(separator: "\n").first.map { String($0).trimmingBlanks } ?? ""
        case .step(.program(let words)):
          words.map { if case .plain(let word) = $0 { word } else { "…" } }.joined(separator: " ")
        case .step(.body): "a durable body"
        case .step(.call(let call)):
          if case .plain(let file) = call.file { "calls \(file)" } else { "calls a workflow" }
        case .step: "…"
        case .gate: "a gate"
        case .service: "a service"
        case .group(let group): "\(group.style.rawValue) of \(group.members.count)"
        }
      console.out("  \(node.name)  \(text)\n")
    }
  }

  // MARK: On the session's file

  private var given: [String] { parameters.flatMap { ["-p", $0] } }

  /// The file of the session as it is: the one that it began with, or one that holds what was entered too.
  private func source() throws(BatonError) -> String {
    guard !session.entered.isEmpty || file == nil else { return file ?? draft }
    try File.write(session.text, to: draft, replacing: true)
    return draft
  }

  private func run(_ words: [String]) throws {
    // Words before the first option are steps.
    let steps = Array(words.prefix { !$0.hasPrefix("-") })
    let options = Array(words.dropFirst(steps.count))
    let known = Set(session.plan.nodes.map(\.name))
    for step in steps where !known.contains(step) && !step.contains("[") {
      throw BatonError(.usage, "there is no step \"\(step)\"", cure: Names.proposal(for: step, in: known.sorted()))
    }
    let only = steps.isEmpty ? [] : ["--only"] + steps
    defer {
      if (try? load(nil)) != nil { told() }
    }
    try pass(["run", try source()] + given + options + only)
  }

  private func told() {
    if let loaded { console.note("run \(loaded.run) is loaded: refs show its values, run has all of it") }
  }

  /// Runs a command of baton's with this terminal.
  private func pass(_ words: [String]) throws(BatonError) {
    console.flush()
    let status = try Tool.pass("/proc/self/exe", ["baton"] + words)
    // Its own messages say why.
    if status != 0 { throw BatonError(.usage, "baton \(words[0]) ended with exit code \(status)") }
  }

  // MARK: Of its own

  private func param(_ words: [String]) throws {
    guard !words.isEmpty else {
      for param in session.plan.workflow.params {
        let value = session.plan.workflow.values[param.name].map(Session.text(of:)) ?? "not given"
        console.out("  \(param.name) = \(value)\n")
      }
      return
    }
    for word in words {
      let raw = try Parameters([word]).raw
      for (name, value) in raw { try session.give(name, value) }
      parameters.append(word)
    }
  }

  private func save(_ words: [String]) throws(BatonError) {
    guard let path = words.first else { throw BatonError(.usage, ":save needs a FILE") }
    guard !File.exists(path) else {
      throw BatonError(.usage, "\(path) is here already, and nothing is overwritten", cure: "name another file")
    }
    try File.write(session.text, to: path)
    console.note("wrote \(path); run it with: baton run \(path)")
  }
}

extension String {
  /// Without blanks at its ends.
  fileprivate var trimmingBlanks: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
