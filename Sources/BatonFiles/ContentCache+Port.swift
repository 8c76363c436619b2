import BatonModel
import BatonRuntime

extension ContentCache {
  /// What inputs contain now (the port's form of ``inputs(workingDirectory:patterns:)``).
  public func inputs(_ patterns: [String], in workingDirectory: String) throws(BatonError) -> InputDigest {
    switch inputs(workingDirectory: workingDirectory, patterns: patterns) {
    case .success(let digest): return digest
    case .failure(let error): throw BatonError(.usage, error.message)
    }
  }
}
