import BatonModel

enum CheckCommand {
  static func run(_ context: Context) throws -> Int32 { throw BatonError(.failure, "not there yet") }
}
