import BatonCommandLine
import BatonCore
import BatonModel
import BatonRuntime
import BatonSQLite

/// `baton signal`.
enum SignalCommand {
  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let store = try Backend.database(of: project)
    let words = context.invocation.arguments
    let name = words[words.count - 1]
    guard Names.isValid(name) else {
      throw BatonError(.usage, "\"\(name)\" can't be the name of a signal", cure: "it is made of A-Z a-z 0-9 _ . -")
    }
    let run = try RunChoice(store: store).run(words.count == 2 ? words[0] : nil, purpose: "that can take a signal") {
      $0.status != .succeeded
    }
    guard run.status != .succeeded else {
      throw BatonError(.usage, "run \(run.id) has ended: nothing waits for a signal any more")
    }
    let value = try context.invocation.value(.signalValue).map { text throws(BatonError) -> Value in
      do throws(JSON.Failure) {
        return try JSON.decode(text, isGiven: true)
      } catch {
        throw BatonError(
          .usage, "--json \(text) is no JSON: \(error.message)", cure: "a string needs its quotes: --json '\"text\"'")
      }
    }
    let last = try store.records(of: run.id, after: 0).last?.seq ?? 0
    let request = Request(
      kind: .signal(name: name, value: value ?? .null), by: context.invocation.value(.answerAs) ?? Machine.who,
      time: .now)
    switch try Mail(project: project, store: store, run: run.id).send(request, after: last).fate {
    case .taken(let refused?): throw BatonError(.usage, "the signal was refused: \(refused)")
    case .taken(nil): context.console.note("run \(run.id): received the signal \(name)")
    case .kept:
      context.console.note(
        "run \(run.id): kept the signal \(name); no process drives the run\n  baton resume \(run.id)")
    case .sent(let driver):
      context.console.note("run \(run.id): sent the signal \(name); \(driver) has yet to take it")
    }
    return 0
  }
}
