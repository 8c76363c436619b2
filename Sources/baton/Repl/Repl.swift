import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import Glibc

/// `baton repl`: reads chunks of Lua and commands that begin with a colon, until it is told to end.
final class Repl {
  let console: Console
  let project: Project
  let session: Session
  /// The file that the session began with, as the user named it.
  let file: String?
  /// Where the session's text is kept for the commands that need a file.
  let draft: String
  /// Values of parameters, as they were given.
  var parameters: [String]
  /// The run that was loaded: its id, and what `baton show --json` tells of it.
  var loaded: (run: String, value: Value)?
  var isOver = false
  private(set) var failures = 0
  private let isTerminal: Bool

  init(_ context: Context) throws {
    console = context.console
    isTerminal = isatty(0) == 1
    file = context.invocation.arguments.first
    parameters = context.invocation.values(.param)
    project = try Project.configured(near: file)
    let given = try Parameters(parameters)
    var request: Script.Request
    if let file {
      request = try ScriptReading(
        try Workflow.request(file, project: project, parameters: given, console: console), in: project
      ).request
    } else {
      let path = "\(File.currentFolder)/\(Self.draftName)"
      request = Script.Request(
        file: Self.draftName, absolutePath: path, source: [],
        observations: Observations(time: .now, seed: UInt64.random(in: 0 ... .max)),
        environment: { Environment[$0] }, modules: try Drive.modules(of: path, in: project))
      request.rawParams = given.raw
      request.agents = project.agents
      request.settings = project.settings.run
    }
    draft = "\(File.folder(of: file ?? Self.draftName))/\(Self.draftName)"
    session = try Session(request)
  }

  private static let draftName = ".baton-session.lua"

  /// - Returns: the exit status: 1 where something failed that was not typed by a person.
  func run() -> Int32 {
    let completion = ReplCompletion(self)
    let editor = LineEditor(isTerminal: isTerminal, history: isTerminal ? Self.history() : nil) {
      completion.words(behind: $0)
    }
    if isTerminal {
      Interruption.catchKeyboard()
      console.note("baton \(Program.version): \(file ?? "an empty session"); :help tells what there is, :quit ends")
      if let reason = editor.reason {
        console.note("lines cannot be edited: \(reason) (Debian: apt-get install libedit2)")
      }
    }
    while !isOver, let chunk = chunk(editor) {
      if chunk.allSatisfy(\.isWhitespace) { continue }
      editor.remember(chunk)
      Interruption.clear()
      take(chunk)
      console.flush()
    }
    return isTerminal || failures == 0 ? 0 : 1
  }

  /// The next command, or lines until they are a whole; nil: the end.
  private func chunk(_ editor: LineEditor) -> String? {
    var lines: [String] = []
    while true {
      switch editor.read(lines.isEmpty ? "baton> " : "   ..> ") {
      case .text(let line):
        lines.append(line)
        let chunk = lines.joined(separator: "\n")
        if lines.count == 1, line.hasPrefix(":") || line.allSatisfy(\.isWhitespace) { return chunk }
        // An empty line ends what will not become whole, so that the mistake is told.
        if Session.isComplete(chunk) || (isTerminal && line.isEmpty) { return chunk }
      case .cancelled: lines = []
      case .end:
        if isTerminal, lines.isEmpty { console.note("") }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
      }
    }
  }

  private func take(_ chunk: String) {
    do {
      if chunk.hasPrefix(":") {
        try command(String(chunk.dropFirst()))
      } else {
        answer(try session.enter(chunk))
      }
    } catch {
      console.flush()
      failures += 1
      fail(error)
    }
  }

  private func fail(_ error: any Error) {
    if Interruption.isWanted {
      console.message("interrupted")
      return
    }
    switch error {
    case let error as BatonError: console.error(error)
    case let mistakes as Diagnostics: console.diagnostics(mistakes.items)
    default: console.message("\(error)")
    }
  }

  private func answer(_ answer: Session.Answer) {
    for line in answer.printed { console.out(line + "\n") }
    console.diagnostics(answer.warnings)
    for item in answer.items where answer.items.count > 1 || item.text != "nil" { console.out(shown(item) + "\n") }
  }

  /// A value; of a ref, what it was in the run that was loaded.
  private func shown(_ item: Session.Answer.Item) -> String {
    guard let expr = item.expr else { return item.text }
    guard let loaded else { return "\(item.text)  (known in a run: :run, or :load one)" }
    let evaluation = Evaluation(
      values: { [self] in values(of: $0) }, secret: { _ in nil }, call: { [self] in session.call($0, $1) })
    do {
      return "\(item.text) = \(Session.text(of: try evaluation.value(of: expr)))  (run \(loaded.run))"
    } catch {
      return "\(item.text)  (run \(loaded.run): \(error.text))"
    }
  }

  /// What a step emitted in the run that was loaded.
  func values(of step: String) -> [String: Value]? {
    loaded?.value["steps"]?.list?.first { $0["step"]?.string == step }?["values"]?.map
  }

  /// Makes a past run known: as `run`, and by the values of refs.
  func load(_ word: String?) throws {
    let shown = try ShowCommand.gather(word)
    loaded = (shown.view.run, shown.json)
    session.preamble = "run = \(shown.json.luaSource) "
  }

  private static func history() -> String? {
    guard let base = Environment["XDG_STATE_HOME"] ?? Environment["HOME"].map({ "\($0)/.local/state" }),
      base.hasPrefix("/")
    else { return nil }
    var folder = ""
    for name in "\(base)/baton".split(separator: "/") {
      folder += "/\(name)"
      mkdir(folder, 0o700)
    }
    return "\(folder)/history"
  }
}
