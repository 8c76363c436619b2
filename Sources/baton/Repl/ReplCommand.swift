/// `baton repl`.
enum ReplCommand {
  static func run(_ context: Context) throws -> Int32 { try Repl(context).run() }
}
