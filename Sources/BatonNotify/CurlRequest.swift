import BatonModel
import CCurl

/// One HTTP request and its answer. Belongs to one thread.
///
/// Certificates are verified, redirects are not followed, and only HTTP and HTTPS are spoken.
final class CurlRequest {
  /// What the server said.
  struct Answer {
    /// The HTTP status.
    var status: Int
    /// The first ``CurlRequest/longestAnswer`` bytes.
    var body: [UInt8]
    /// Where a redirect leads.
    var redirect: String?
    var retryAfter: Span?
  }

  /// Why there was no answer.
  struct Failure: Error {
    var code: CURLcode
    /// As libcurl says it; names hosts, but no paths.
    var text: String
  }

  static let longestAnswer = 2048

  private let table: UnsafePointer<baton_curl>
  private let handle: UnsafeMutableRawPointer
  private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private let abandonment: Abandonment
  private var body: [UInt8] = []

  init(table: UnsafePointer<baton_curl>, handle: UnsafeMutableRawPointer, abandonment: Abandonment) {
    self.table = table
    self.handle = handle
    self.abandonment = abandonment
    errorText.initialize(repeating: 0)
  }

  deinit {
    table.pointee.easy_cleanup(handle)
    errorText.deallocate()
  }

  /// Sends the request and returns when the answer is there.
  ///
  /// - Parameters:
  ///   - headers: in the order in which they are sent; no line breaks in them.
  ///   - limit: for all of it, from the look-up of the name to the last byte.
  func perform(
    _ method: String, _ url: String, headers: [(name: String, value: String)], content: String, limit: Span
  ) throws(Failure) -> Answer {
    var list: UnsafeMutablePointer<curl_slist>?
    defer { table.pointee.slist_free_all(list) }
    for header in headers {
      // With an empty value, libcurl wants a semicolon instead of the colon.
      let line = header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
      guard let longer = table.pointee.slist_append(list, line) else { throw failure(CURLE_OUT_OF_MEMORY) }
      list = longer
    }
    let me = Unmanaged.passUnretained(self).toOpaque()
    let milliseconds = Int(clamping: max(1, limit.milliseconds))
    // Never without an address: libcurl would read standard input instead.
    let bytes = Array(content.utf8) + [0]
    let code = bytes.withUnsafeBytes { content -> CURLcode in
      let steps: [() -> CURLcode] = [
        { self.set(CURLOPT_ERRORBUFFER, pointer: self.errorText.baseAddress) },
        { self.set(CURLOPT_NOSIGNAL, 1) },
        { self.set(CURLOPT_URL, url) },
        { self.setProtocols() },
        { self.set(CURLOPT_FOLLOWLOCATION, 0) },
        { self.set(CURLOPT_SSL_VERIFYPEER, 1) },
        { self.set(CURLOPT_SSL_VERIFYHOST, 2) },
        { self.set(CURLOPT_TIMEOUT_MS, milliseconds) },
        { self.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds) },
        { self.set(CURLOPT_USERAGENT, "baton") },
        { self.set(CURLOPT_POSTFIELDSIZE, content.count - 1) },
        { self.set(CURLOPT_POSTFIELDS, pointer: content.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) }) },
        { self.set(CURLOPT_POST, 1) },
        { self.set(CURLOPT_CUSTOMREQUEST, method) },
        { baton_curl_set_list(self.table, self.handle, CURLOPT_HTTPHEADER, list) },
        { baton_curl_set_write(self.table, self.handle, CurlRequest.takeAnswer, me) },
        { baton_curl_set_progress(self.table, self.handle, CurlRequest.isAbandoned, me) },
      ]
      for step in steps {
        let code = step()
        guard code == CURLE_OK else { return code }
      }
      return table.pointee.easy_perform(handle)
    }
    guard code == CURLE_OK else { throw failure(code) }
    return readAnswer()
  }

  private func readAnswer() -> Answer {
    var status = 0
    var wait: curl_off_t = 0
    var redirect: UnsafePointer<CChar>?
    _ = baton_curl_get_long(table, handle, CURLINFO_RESPONSE_CODE, &status)
    let hasWait = baton_curl_get_offset(table, handle, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0
    _ = baton_curl_get_text(table, handle, CURLINFO_REDIRECT_URL, &redirect)
    return Answer(
      status: status, body: body, redirect: redirect.map { String(cString: $0) },
      retryAfter: hasWait ? Span(seconds: Int64(wait)) : nil)
  }

  private func failure(_ code: CURLcode) -> Failure {
    let plain = table.pointee.easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
    // What went wrong with a certificate stands in the long text only; of the others, it tells no more but when.
    let long = String(decoding: errorText.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return Failure(code: code, text: code == CURLE_PEER_FAILED_VERIFICATION && !long.isEmpty ? long : plain)
  }

  private func set(_ option: CURLoption, _ value: Int) -> CURLcode { baton_curl_set_long(table, handle, option, value) }
  private func set(_ option: CURLoption, _ value: String) -> CURLcode {
    baton_curl_set_text(table, handle, option, value)
  }
  private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) -> CURLcode {
    baton_curl_set_pointer(table, handle, option, pointer)
  }

  private func setProtocols() -> CURLcode {
    let code = set(CURLOPT_PROTOCOLS_STR, "http,https")
    guard code == CURLE_UNKNOWN_OPTION else { return code }
    // Before libcurl 7.85: CURLOPT_PROTOCOLS, with bits for HTTP and HTTPS.
    return set(CURLoption(181), 0b11)
  }

  private static let takeAnswer:
    @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = {
      bytes, size, count, me in
      guard let bytes, let me else { return 0 }
      let request = Unmanaged<CurlRequest>.fromOpaque(me).takeUnretainedValue()
      let room = max(0, CurlRequest.longestAnswer - request.body.count)
      request.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: min(room, size * count)))
      return size * count
    }

  private static let isAbandoned:
    @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> Int32 = {
      me, _, _, _, _ in
      guard let me else { return 0 }
      return Unmanaged<CurlRequest>.fromOpaque(me).takeUnretainedValue().abandonment.isDeclared ? 1 : 0
    }
}
