import BatonModel
import CCurl

/// libcurl, loaded when the first message needs it.
public final class CurlLibrary: Sendable {
  /// Why there is none.
  public struct Missing: Error, Hashable {
    public var message: String
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

  /// A transfer that has not begun; nil when there is no memory for one.
  func makeTransfer(until abandonment: Abandonment) -> CurlTransfer? {
    table.pointee.easy_init().map { CurlTransfer(table: UnsafePointer(table), handle: $0, abandonment: abandonment) }
  }

  /// One for the whole program, or why there is none.
  static func transfer(until abandonment: Abandonment) throws(DeliveryFailure) -> CurlTransfer {
    switch shared {
    case .failure(let missing): throw DeliveryFailure(missing.message, isFinal: true)
    case .success(let library):
      guard let transfer = library.makeTransfer(until: abandonment) else {
        throw DeliveryFailure("there is no memory for the transfer")
      }
      return transfer
    }
  }

  /// What the library can do.
  var features: CurlFeatures {
    guard let info = table.pointee.version_info(CURLVERSION_FIRST) else {
      return CurlFeatures(version: "", protocols: [], tls: nil)
    }
    var protocols: [String] = []
    if var place = info.pointee.protocols {
      while let name = place.pointee {
        protocols.append(String(cString: name))
        place += 1
      }
    }
    return CurlFeatures(
      version: info.pointee.version.map { String(cString: $0) } ?? "", protocols: protocols,
      tls: info.pointee.ssl_version.map { String(cString: $0) })
  }
}
