import BatonCommandLine
import BatonCore
import BatonModel

enum PlanCommand {
  static func run(_ context: Context) throws -> Int32 { throw BatonError(.failure, "not there yet") }
}
extension PlanCommand {
  static func show(_ context: Context, file: String, parameters: Parameters, options: RunOptions) throws -> Int32 {
    throw BatonError(.failure, "not there yet")
  }
}
