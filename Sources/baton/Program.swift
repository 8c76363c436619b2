import BatonCommandLine
import BatonCourier
import BatonModel
import BatonRuntime
import Glibc

/// The way from the words of the command line to a command, and from what comes of it to an exit status.
enum Program {
  static let version = "0.2.0"
  /// The day of the version.
  static let date = "2026-11-26"

  static func main(_ words: [String]) -> Int32 {
    // Nothing else is touched for the version.
    if words.count == 2, words[1] == "--version" {
      print("baton \(version)")
      return 0
    }
    signal(SIGPIPE, SIG_IGN)
    var console = Console(color: .auto, quiet: false, verbose: false)
    do {
      if words.count == 2, words[1] == SubRun.command, let call = Environment[SubRun.variable] {
        return try CalledRun.drive(call, console)
      }
      if words.count == 2, words[1] == WebRequest.command, let key = Environment[WebRequest.variable] {
        return try RequestedExchange.perform(key: key)
      }
      if words.count == 2, words[1] == ServiceProbe.command, Environment[ServiceProbe.variable] != nil {
        return try ProbeCommand.perform()
      }
      if words.count == 2, words[1] == CourierJob.command, Environment[CourierJob.variable] != nil {
        return try Courier.perform()
      }
      if words.count > 2, words[1] == LeaseRequest.command, Environment[LeaseRequest.variable] != nil {
        return try LeaseCommand.perform(Array(words.dropFirst(2)))
      }
      if words.count > 3, words[1] == LaunchNetwork.command, Environment["BATON_ATTEMPT"] != nil {
        return try NetworkCommand.perform(Array(words.dropFirst(2)))
      }
      if words.count > 2, words[1] == MockServer.command, Environment["BATON_ATTEMPT"] != nil {
        return try MockCommand.perform(Array(words.dropFirst(2)))
      }
      if words.count > 2, words[1] == CompleteCommand.command {
        CompleteCommand.run(Array(words.dropFirst(2)))
        return 0
      }
      let invocation = try Invocation.parse(Array(words.dropFirst()))
      console = Console(
        color: invocation.value(.color).flatMap(Console.Color.init) ?? .auto, quiet: invocation.has(.quiet),
        verbose: invocation.has(.verbose))
      return try run(invocation, console)
    } catch let error as BatonError {
      console.flush()
      console.error(error)
      return error.code.rawValue
    } catch let mistakes as Diagnostics {
      console.flush()
      console.diagnostics(mistakes.items)
      return BatonError.Code.usage.rawValue
    } catch {
      console.flush()
      console.error(BatonError(.failure, "\(error)"))
      return BatonError.Code.failure.rawValue
    }
  }

  private static func run(_ invocation: Invocation, _ console: Console) throws -> Int32 {
    switch invocation.request {
    case .version: console.out("baton \(version)\n")
    case .explainAll: console.out(Help.program)
    case .explain: console.out(Help.command(invocation.command))
    case .explainTopic(let topic): try HelpCommand.explain(topic, console)
    case .command:
      if let folder = invocation.value(.directory), chdir(folder) != 0 {
        throw BatonError(.usage, "cannot go to the folder \(folder): \(File.message(errno))", cure: "-C names a folder")
      }
      if let name = invocation.value(.environment) { Project.askedEnvironment = name }
      let status = try dispatch(Context(invocation: invocation, console: console))
      console.flush()
      return status
    }
    console.flush()
    return 0
  }

  private static func dispatch(_ context: Context) throws -> Int32 {
    switch context.invocation.command {
    case .`init`: try InitCommand.run(context)
    case .run: try RunCommand.run(context)
    case .plan: try PlanCommand.run(context)
    case .graph: try GraphCommand.run(context)
    case .check: try CheckCommand.run(context)
    case .repl: try ReplCommand.run(context)
    case .test: try TestCommand.run(context)
    case .chaos: try ChaosCommand.run(context)
    case .replay: try ReplayCommand.run(context)
    case .report: try ReportCommand.run(context)
    case .resume: try ResumeCommand.run(context)
    case .why: try WhyCommand.run(context)
    case .runs: try RunsCommand.run(context)
    case .tests: try TestsCommand.run(context)
    case .show: try ShowCommand.run(context)
    case .logs: try LogsCommand.run(context)
    case .events: try EventsCommand.run(context)
    case .watch: try WatchCommand.run(context)
    case .cancel: try CancelCommand.run(context)
    case .approve: try AnswerCommand.run(context, approves: true)
    case .reject: try AnswerCommand.run(context, approves: false)
    case .signal: try SignalCommand.run(context)
    case .gc: try CollectCommand.run(context)
    case .doctor: try DoctorCommand.run(context)
    case .completion: try CompletionCommand.run(context)
    case .`import`: try ImportCommand.run(context)
    case .module: try ModuleCommand.run(context)
    case .docs: try HelpCommand.write(context)
    case .config: try ConfigCommand.run(context)
    case .secret: try SecretCommand.run(context)
    case .data: try DataCommand.run(context)
    case .pools: try PoolsCommand.run(context)
    case .help: 0
    }
  }
}

/// What a command is given.
struct Context {
  let invocation: Invocation
  let console: Console
}
