import BatonModel
import BatonSystem

/// A program that is run to its end, or to a limit of time or output. Its exit code is not looked at: the engine reaps all children.
enum BoundedChild {
  struct Problem: Error {
    var text: String
  }

  /// - Returns: what it wrote to standard output; standard error is the engine's own nothing.
  static func run(
    _ arguments: [String], limit: Span, maximum: Int = 64 << 20
  ) -> Result<[UInt8], Problem> {
    var child = Child(arguments[0], Array(arguments.dropFirst()))
    child.errors = .nothing
    child.isApart = true
    do throws(BatonError) {
      let end = try child.run(limit: limit, maximum: maximum)
      return switch end.exceeded {
      case nil: .success(end.output)
      case .time?: .failure(Problem(text: "it took longer than \(limit.text)"))
      case .output?: .failure(Problem(text: "it told more than \(maximum >> 20) MB"))
      }
    } catch {
      return .failure(Problem(text: error.message))
    }
  }
}
