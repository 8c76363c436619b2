import BatonModel
import BatonSystem

extension Child {
  /// Runs a program with an environment of its own to its end.
  ///
  /// - Returns: its exit code, and all that it said, its errors among it.
  /// - Throws: where it cannot be started, or takes longer than a quarter of an hour.
  static func told(
    _ program: String, _ arguments: [String], environment: [String: String], in folder: String
  ) throws(BatonError) -> (code: Int32, text: String) {
    var child = Child(program, arguments)
    child.environment = environment
    child.folder = folder
    child.errors = .gathered
    let limit = Span(seconds: 900)
    let end = try child.run(limit: limit)
    guard end.exceeded == nil else {
      throw BatonError(
        .failure, "\(Disk.name(of: program)) took longer than \(limit.text), and was ended", cure: "try it again")
    }
    return (end.code, String(decoding: end.output, as: UTF8.self))
  }
}
