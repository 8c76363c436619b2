import BatonModel

enum InitCommand {
  static func run(_ context: Context) throws -> Int32 { throw BatonError(.failure, "not there yet") }
}
