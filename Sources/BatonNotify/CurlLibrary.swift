import CCurl

/// libcurl, loaded when the first message needs it.
final class CurlLibrary: Sendable {
  /// Why there is none.
  struct Missing: Error, Hashable {
    var message: String
  }

  /// The table is filled once, before anybody sees it, and never changes.
  nonisolated(unsafe) let table: UnsafeMutablePointer<baton_curl>

  /// Loaded at the first use, once for the whole program.
  static let shared: Result<CurlLibrary, Missing> = Result { () throws(Missing) in
    try CurlLibrary(named: "libcurl.so.4")
  }

  init(named name: String) throws(Missing) {
    table = .allocate(capacity: 1)
    table.initialize(to: baton_curl())
    var reason = [CChar](repeating: 0, count: 512)
    guard baton_curl_load(name, table, &reason, reason.count) == 0 else {
      let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw Missing(
        message: "libcurl cannot be loaded (\(text)); install it: apt-get install libcurl4")
    }
  }

  deinit { table.deallocate() }

  /// A request that has not begun; nil when there is no memory for one.
  func makeRequest(until abandonment: Abandonment) -> CurlRequest? {
    table.pointee.easy_init().map { CurlRequest(table: UnsafePointer(table), handle: $0, abandonment: abandonment) }
  }
}
