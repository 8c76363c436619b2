import BatonCommandLine

/// `baton completion`.
enum CompletionCommand {
  static func run(_ context: Context) throws -> Int32 {
    context.console.out(try Completion.script(for: context.invocation.arguments[0]))
    return 0
  }
}
