import BatonModel

/// Drives runs: puts the engine and its ports together.
enum Drive {
  static func run(_ request: RunRequest) throws -> Int32 { throw BatonError(.failure, "not wired yet") }
  static func resume(_ request: ResumeRequest) throws -> Int32 { throw BatonError(.failure, "not wired yet") }
  static func cancel(_ request: CancelRequest) throws { throw BatonError(.failure, "not wired yet") }
}
