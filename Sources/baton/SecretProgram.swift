import BatonConfig
import BatonModel
import Glibc

/// Programs that print secrets, such as `pass`.
enum SecretProgram {
  private static let limit = Span(seconds: 60)

  /// - Parameter words: the program and its arguments; no shell sees them.
  static func run(_ words: [String]) -> Result<[UInt8], BatonError> {
    Result { () throws(BatonError) in
      guard let name = words.first else { throw BatonError(.usage, "no program prints the secret") }
      guard let program = name.contains("/") ? name : Tool.find(name) else {
        throw BatonError(.usage, "there is no program \(name), which \"secrets\" of baton.json names")
      }
      guard
        let (output, status) = try Tool.filter(
          program, words, input: [], limit: limit, maximum: SecretStore.longest + 1)
      else {
        throw BatonError(
          .usage, "\(name) did not print the secret within \(limit.text), or printed more than 1 MB")
      }
      guard status == 0 else { throw BatonError(.usage, "\(name) ended with exit code \(status)") }
      return output
    }
  }
}
