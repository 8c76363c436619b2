/// What the machine's libcurl can do.
public struct CurlFeatures: Sendable, Hashable {
  public var version: String
  /// `http`, `smtp`, …
  public var protocols: [String]
  /// The library that it speaks TLS with; nil: none.
  public var tls: String?

  public init(version: String, protocols: [String], tls: String?) {
    self.version = version
    self.protocols = protocols
    self.tls = tls
  }

  /// The protocols that channels need and that are not there, `TLS` among them.
  public var missing: [String] {
    ["http", "https", "smtp", "smtps"].filter { !protocols.contains($0) } + (tls == nil ? ["TLS"] : [])
  }

  /// Of the library that messages are sent with, loaded now; why there is none otherwise.
  public static var here: Result<CurlFeatures, CurlLibrary.Missing> { CurlLibrary.shared.map(\.features) }
}
